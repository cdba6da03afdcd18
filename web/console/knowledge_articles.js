// All documents of a unit: found by words, state and source.
import { useState } from "/web/vendor/hooks.js";
import { ago, fullTime, languageName } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { Icon } from "/web/desk/icons.js";
import { api } from "./knowledge_api.js";
import { ARTICLE_STATES, AUDIENCES } from "./knowledge_words.js";
import { Empty, Problem, Section, Table, Tag, useLoad } from "./kit.js";
import { addressOf, usePages } from "./paging.js";

const SIZE = 50;
const to = (id) => addressOf("knowledge", { view: "article", id });

export function StateTag({ state, states = ARTICLE_STATES }) {
  const said = states[state] ?? { text: state, tone: "quiet" };
  return html`<${Tag} tone=${said.tone}>${said.text}</${Tag}>`;
}

// "until 31 Dec 2026"; nothing where it always holds.
export function validity({ valid_from: from, valid_until: until }) {
  if (from && until) return `${from} to ${until}`;
  if (from) return `from ${from}`;
  return until ? `until ${until}` : "";
}

function List({ rows }) {
  return html`<${Table} label="Articles" columns=${["Title", "Source", "Language", "For", "State", "Changed"]}
    rows=${rows.map((row) => ({
      key: row.id,
      cells: [
        html`<a href=${to(row.id)}><bdi>${row.title}</bdi></a>
          ${row.signs.length > 0 && html`<p class="cell-error">Parts of it look like orders to the assistant</p>`}`,
        html`<bdi class="breakable">${row.source}</bdi>`,
        languageName(row.language) || "–",
        html`<span>${AUDIENCES[row.audience]?.name ?? row.audience}${validity(row) && html`<br /><span class="quiet">${validity(row)}</span>`}</span>`,
        html`<${StateTag} state=${row.state} />`,
        html`<time datetime=${row.updated_at} title=${fullTime(row.updated_at)}>${ago(row.updated_at)}</time>`,
      ],
    }))} />`;
}

export function Articles({ unit, may }) {
  const [filter, setFilter] = useState({ q: "", state: "", source_id: "" });
  const [words, setWords] = useState("");
  const sources = useLoad(api.sources);
  const pages = usePages((after) => api.documents({ ...filter, unit_id: unit, after, limit: SIZE }), JSON.stringify([unit, filter]), SIZE);
  const own = (sources.data ?? []).filter((source) => source.unit_id === unit);
  const set = (name) => (event) => setFilter({ ...filter, [name]: event.target.value });
  const filtered = filter.q || filter.state || filter.source_id;

  function search(event) {
    event.preventDefault();
    setFilter({ ...filter, q: words.trim() });
  }

  const write = html`<a class="button primary" href=${to("new")}><${Icon} name="note" />Write an article</a>`;
  return html`<${Section} title="Articles" about="Whatever is written or read in is a draft until a release serves it." actions=${may("knowledge:write") ? write : null}>
    <form class="ask" onSubmit=${search}>
      <label class="ask-question">Title or name <input type="search" value=${words} maxlength="200" enterkeyhint="search" onInput=${(event) => setWords(event.target.value)} /></label>
      <label>
        State
        <select value=${filter.state} onChange=${set("state")}>
          <option value="">All</option>
          ${Object.entries(ARTICLE_STATES).map(([code, { text }]) => html`<option key=${code} value=${code}>${text}</option>`)}
        </select>
      </label>
      <label>
        Source
        <select value=${filter.source_id} onChange=${set("source_id")}>
          <option value="">All</option>
          ${own.map((source) => html`<option key=${source.id} value=${source.id}>${source.name}</option>`)}
        </select>
      </label>
      <button type="submit"><${Icon} name="search" />Find</button>
    </form>
    ${pages.problem && html`<${Problem} text=${pages.problem} onRetry=${pages.reload} />`}
    ${pages.items === null && !pages.problem && html`<div class="skeleton plain" role="status" aria-label="Loading the articles"><div class="skeleton-row"></div></div>`}
    ${pages.items?.length === 0 &&
    html`<${Empty} icon="book" title=${filtered ? "Nothing fits" : "Nothing is written yet"}>
      ${filtered ? "Take a filter away, or look for other words." : "The assistant hands every question to people until it has something to quote from."}
    </${Empty}>`}
    ${pages.items?.length > 0 && html`<${List} rows=${pages.items} />`}
    ${pages.more && html`<p class="below"><button type="button" disabled=${pages.busy} onClick=${pages.older}>More articles</button></p>`}
  </${Section}>`;
}
