// The customers of a unit: searched, narrowed by label and segment, and one of them opened.
import { useState } from "/web/vendor/hooks.js";
import { ago, fullTime, initials } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { Icon } from "/web/desk/icons.js";
import { channelName } from "/web/desk/words.js";
import { Customer } from "./customer.js";
import { record } from "./customer_api.js";
import { FollowUpTag, LabelTag } from "./customer_words.js";
import { FieldsAndLabels } from "./customer_setup.js";
import { Empty, Problem, Section, Table, UnitField, nameOfUnit, useLoad } from "./kit.js";
import { addressOf, filterFrom, usePages } from "./paging.js";

const SIZE = 50;
const FILTERS = ["q", "label", "segment", "unit"];

export const to = (more = {}) => addressOf("customers", more);

function Found({ query }) {
  const state = useLoad(() => record.search(query), [query]);
  const talks = state.data?.conversations ?? [];
  if (!talks.length) return null;
  return html`<${Section} title="Said in conversations" about="The newest message of each conversation that holds all the words.">
    <ul class="cards cards-wide">
      ${talks.map(
        (hit) => html`<li key=${hit.conversation_id} class="card">
          <div class="card-head">
            <h3><a href=${to({ id: hit.contact_id })}><bdi>${hit.contact_name}</bdi></a><small>${channelName(hit.channel)}</small></h3>
            <time class="quiet" datetime=${hit.at} title=${fullTime(hit.at)}>${ago(hit.at)}</time>
          </div>
          <p dir="auto">${hit.excerpt}</p>
          <a href=${`/desk/#/all/${hit.conversation_id}`}>Open in the desk</a>
        </li>`,
      )}
    </ul>
  </${Section}>`;
}

function Rows({ me, items }) {
  return html`<${Table} label="Customers" columns=${["Name", "Channels", "Labels", "Follow-up", "Last active", ...(me.units.length > 1 ? ["Unit"] : [])]}
    rows=${items.map((row) => ({
      key: row.contact_id,
      cells: [
        html`<a class="person" href=${to({ id: row.contact_id })}><span class="person-face" aria-hidden="true">${initials(row.name)}</span><bdi>${row.name}</bdi></a>`,
        row.channels.map(channelName).join(", ") || "–",
        row.labels.length ? html`<span class="tags">${row.labels.map((label) => html`<${LabelTag} key=${label.id} label=${label} />`)}</span>` : "–",
        row.follow_up ? html`<${FollowUpTag} plan=${row.follow_up} />` : "–",
        row.active_at ? html`<time datetime=${row.active_at} title=${fullTime(row.active_at)}>${ago(row.active_at)}</time>` : "–",
        ...(me.units.length > 1 ? [nameOfUnit(me, row.unit_id)] : []),
      ],
    }))} />`;
}

function Narrow({ filter, unit, me }) {
  const [words, setWords] = useState(filter.q);
  const labels = useLoad(() => record.labels(unit), [unit]);
  const segments = useLoad(() => record.segments(unit), [unit]);
  const go = (more) => (location.hash = to({ ...filter, ...more }));
  function submit(event) {
    event.preventDefault();
    go({ q: words.trim() });
  }
  return html`<form class="ask filter" role="search" aria-label="Find customers" onSubmit=${submit}>
    <label class="ask-question">Name, word, number or address
      <input type="search" value=${words} maxlength="200" autocomplete="off" enterkeyhint="search" onInput=${(event) => setWords(event.target.value)} />
    </label>
    ${(labels.data ?? []).length > 0 && html`<label>Label
      <select value=${filter.label} onChange=${(event) => go({ label: event.target.value })}>
        <option value="">Any</option>
        ${labels.data.map((one) => html`<option key=${one.id} value=${one.id}>${one.name}</option>`)}
      </select>
    </label>`}
    ${(segments.data ?? []).length > 0 && html`<label>Segment
      <select value=${filter.segment} onChange=${(event) => go({ segment: event.target.value })}>
        <option value="">All customers</option>
        ${segments.data.map((one) => html`<option key=${one.id} value=${one.id}>${one.name} (${one.count})</option>`)}
      </select>
    </label>`}
    <${UnitField} me=${me} value=${unit} onChange=${(id) => go({ unit: id, label: "", segment: "" })} />
    <button type="submit" class="primary"><${Icon} name="search" />Find</button>
  </form>`;
}

function List({ me, may, query, toast }) {
  const filter = filterFrom(query, FILTERS);
  const unit = me.units.some((one) => String(one.id) === filter.unit) ? Number(filter.unit) : me.units[0]?.id;
  const read = (before) => record.contacts({ q: filter.q, label_id: filter.label, segment_id: filter.segment, unit_id: unit, before, limit: SIZE })
    .then((items) => items.map((row) => ({ ...row, id: row.contact_id })));
  const { items, more, problem, busy, reload, older } = usePages(read, query, SIZE);
  const narrowed = filter.q || filter.label || filter.segment;
  return html`
    <${Section} title="All channels, one record" about="What you see is what your role opens. Every list and every search is written to the ledger.">
      <${Narrow} key=${query} filter=${filter} unit=${unit} me=${me} />
      ${problem && html`<${Problem} text=${problem} onRetry=${reload} />`}
      ${items === null && !problem && html`<div class="skeleton plain" role="status" aria-label="Loading the customers"><div class="skeleton-row"></div><div class="skeleton-row"></div></div>`}
      ${items?.length === 0 && html`<${Empty} icon="person" title=${narrowed ? "Nobody fits" : "Nobody has written yet"}>
        ${narrowed ? html`<a href=${to()}>Show all customers</a>` : "A customer is here from the first message on."}
      </${Empty}>`}
      ${items?.length > 0 && html`<${Rows} me=${me} items=${items} />`}
      ${more && html`<p class="below"><button type="button" disabled=${busy} onClick=${older}>Show older ones</button></p>`}
    </${Section}>
    ${filter.q && html`<${Found} query=${filter.q} />`}
    ${!narrowed && html`<${FieldsAndLabels} key=${unit} unit=${unit} may=${may} toast=${toast} />`}
  `;
}

export function Customers({ me, may, query, toast }) {
  const { id } = filterFrom(query, ["id"]);
  if (id) return html`<${Customer} key=${id} id=${Number(id)} me=${me} may=${may} toast=${toast} />`;
  return html`<${List} me=${me} may=${may} query=${query} toast=${toast} />`;
}
