// The ledger, entry by entry: who did what to what, and where it stands in the proof.
import { useEffect, useState } from "/web/vendor/hooks.js";
import { fullTime, humanize } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { Icon } from "/web/desk/icons.js";
import { api } from "./api.js";
import { Empty, Problem, Section, Tag, nameOfUnit } from "./kit.js";
import { Questions, Take } from "./ledger_questions.js";
import { sentence } from "./names.js";
import { Verify } from "./overview.js";
import { addressOf, filterFrom, usePages } from "./paging.js";
import { ACTIONS, REFUSALS } from "./words.js";

const PAGE = 50;
const FILTERS = ["actor", "action", "subject"];

function useEntries(query) {
  const read = (before) => api.entries({ ...filterFrom(query, FILTERS), before, limit: PAGE });
  return usePages(read, query, PAGE);
}

function Filter({ filter, known }) {
  const [fields, setFields] = useState(filter);
  useEffect(() => setFields(filter), [addressOf("ledger", filter)]);
  const set = (name) => (event) => setFields({ ...fields, [name]: event.target.value.trim() });
  const refused = filter.action === "refused";
  function submit(event) {
    event.preventDefault();
    location.hash = addressOf("ledger", fields);
  }
  return html`<form class="ask filter" role="search" aria-label="Filter the ledger" onSubmit=${submit}>
    <label>
      Who
      <select value=${fields.actor} onChange=${set("actor")}>
        <option value="">Everybody</option>
        ${Object.entries(known).map(([id, name]) => html`<option key=${id} value=${id}>${name}</option>`)}
        ${fields.actor && !known[fields.actor] && html`<option value=${fields.actor}>${fields.actor}</option>`}
      </select>
    </label>
    <label>
      Did what
      <select value=${fields.action} onChange=${set("action")}>
        <option value="">Anything</option>
        ${Object.keys(ACTIONS).map((action) => html`<option key=${action} value=${action}>${action}</option>`)}
        ${fields.action && !ACTIONS[fields.action] && html`<option value=${fields.action}>${fields.action}</option>`}
      </select>
    </label>
    <label>
      To what
      <input type="search" value=${fields.subject} placeholder="conversation/12" autocomplete="off" onInput=${set("subject")} />
    </label>
    <button type="submit" class="primary"><${Icon} name="search" />Show</button>
    <a class="chip" href=${addressOf("ledger", { ...filter, action: refused ? "" : "refused" })} aria-current=${refused ? "true" : null}>
      <${Icon} name="alert" />Only refused acts
    </a>
  </form>`;
}

const said = (value) => (Array.isArray(value) ? value.join(", ") || "none" : typeof value === "object" ? JSON.stringify(value) : String(value));

function Detail({ entry, me }) {
  const facts = [
    ["Entry", `${entry.action} on ${entry.subject}`],
    ["By", entry.actor],
    ["Unit", nameOfUnit(me, entry.unit_id)],
    ...Object.entries(entry.detail).map(([name, value]) => [humanize(name), said(value)]),
  ];
  return html`<dl class="pairs">
    ${facts.map(([name, value]) => [html`<dt>${name}</dt>`, html`<dd>${value}</dd>`])}
    <dt>Position</dt><dd>${entry.position ?? "Not placed yet: that takes a few seconds"}</dd>
    <dt>Leaf</dt><dd>${entry.leaf ? html`<code>${entry.leaf}</code>` : "–"}</dd>
    <dt>Proof</dt><dd><a href=${`/api/v1/ledger/entries/${entry.id}/proof`} download>Download the proof</a></dd>
  </dl>`;
}

function Entry({ entry, me, names }) {
  const refused = REFUSALS.includes(entry.action);
  return html`<li class=${refused ? "entry entry-refused" : "entry"}>
    <details>
      <summary>
        <span class="entry-text">
          ${refused && html`<${Tag} tone="bad" icon="alert">Refused</${Tag}>`}
          <strong><bdi>${names.named(entry.actor)}</bdi></strong> <bdi>${sentence(entry, names.named)}</bdi>
        </span>
        <span class="entry-where quiet">
          <time datetime=${entry.at}>${fullTime(entry.at)}</time>
          ${me.units.length > 1 && html`<span>${nameOfUnit(me, entry.unit_id)}</span>`}
          <span>${entry.position === null ? "not placed yet" : `no. ${entry.position}`}</span>
        </span>
      </summary>
      <${Detail} entry=${entry} me=${me} />
    </details>
  </li>`;
}

function Entries({ state, me, names, filtered }) {
  const { items, more, problem, busy, reload, older } = state;
  if (!items) {
    if (problem) return html`<${Problem} text=${problem} onRetry=${reload} />`;
    return html`<div class="skeleton plain" role="status" aria-label="Loading the ledger">
      <div class="skeleton-row"></div><div class="skeleton-row"></div><div class="skeleton-row"></div>
    </div>`;
  }
  if (!items.length) {
    return html`<${Empty} icon="lock" title=${filtered ? "No entry fits" : "The ledger is empty"}>
      ${filtered ? html`<a href="#/ledger">Show all entries</a>` : "The first act writes the first entry."}
    </${Empty}>`;
  }
  return html`
    <ol class="entries">${items.map((entry) => html`<${Entry} key=${entry.id} entry=${entry} me=${me} names=${names} />`)}</ol>
    ${problem && html`<${Problem} text=${problem} onRetry=${older} />`}
    ${more && !problem && html`<button type="button" class="more" disabled=${busy} onClick=${older}>${busy ? "Reading…" : "Show older ones"}</button>`}
  `;
}

export function Ledger({ me, may, names, query }) {
  const state = useEntries(query);
  const filter = filterFrom(query, FILTERS);
  const filtered = FILTERS.some((name) => filter[name]);
  const again = html`<button type="button" onClick=${state.reload} disabled=${state.busy}>Look again</button>`;
  return html`
    <${Verify} className="section" />
    ${may("conversation:export") && html`<${Take} conversation=${filterFrom(query, ["take"]).take} />`}
    <${Questions} names=${names} />
    <${Section} title="Entries" about="Newest first. An entry names what was done, never what was written." actions=${again}>
      <${Filter} filter=${filter} known=${names.known} />
      <${Entries} state=${state} me=${me} names=${names} filtered=${filtered} />
    </${Section}>
  `;
}
