// How an answer was decided, and what carries each of its sentences.
import { useState } from "/web/vendor/hooks.js";
import { headingOf, humanize } from "./format.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { ATTRIBUTES, KINDS, REFUSALS, VERDICT } from "./words.js";

const BESIDE = ["statements", "characters"]; // shown as a list of their own

function plain(key, value) {
  if (key === "kind") return KINDS[value] ?? humanize(String(value));
  if (key === "answerable") return `${Math.round(value * 100)} %`;
  if (key === "instead_of") return REFUSALS[value] ?? humanize(String(value)).toLowerCase();
  if (value === true) return "yes";
  if (value === false) return "no";
  if (value === null || value === undefined) return "–";
  if (typeof value === "number") return String(Math.round(value * 1000) / 1000);
  if (Array.isArray(value)) return value.map((item) => plain("", item)).join(", ") || "none";
  if (typeof value === "object") {
    return Object.entries(value).map(([name, item]) => `${humanize(name)}: ${plain(name, item)}`)
      .join(", ") || "none";
  }
  return String(value).replace(/_/g, " ");
}

// The part of a passage that carries a sentence. The server counts characters, not UTF-16 units.
function parts(quote, statement) {
  const whole = quote.indexOf(statement.text);
  if (whole >= 0) {
    const end = whole + statement.text.length;
    return [quote.slice(0, whole), quote.slice(whole, end), quote.slice(end)];
  }
  if (!statement.place) return [quote, "", ""];
  const signs = Array.from(quote);
  const [start, end] = statement.place;
  return [signs.slice(0, start), signs.slice(start, end), signs.slice(end)].map((part) => part.join(""));
}

function Carrier({ statement, source, id }) {
  const [open, setOpen] = useState(false);
  const [before, marked, after] = parts(source.quote || "", statement);
  return html`
    <button type="button" class="source" aria-expanded=${open} aria-controls=${id}
      onClick=${() => setOpen(!open)}>
      <${Icon} name="book" />
      <bdi>${[source.title, headingOf(source)].filter(Boolean).join(" · ")}</bdi>
    </button>
    ${open &&
    html`<figure class="quoted" id=${id}>
      <blockquote dir="auto">${before}<mark>${marked}</mark>${after}</blockquote>
      ${statement.place && Number.isInteger(source.start) &&
      html`<figcaption class="quoted-where">
        ${source.source} · characters ${source.start + statement.place[0]}–${source.start + statement.place[1]}
      </figcaption>`}
    </figure>`}
  `;
}

function carried(statement, source) {
  if (!statement.supported) return REFUSALS[statement.reason] ?? "no source says this";
  if (statement.fields.length > 0) {
    const named = statement.fields.map((field) => ATTRIBUTES[field] ?? humanize(field));
    return `Repeats the customer's record: ${named.join(", ")}`;
  }
  return source ? "" : "A courtesy: it states nothing and needs no source.";
}

function Sentence({ statement, sources, id }) {
  const source = sources.find((item) => item.chunk_id === statement.chunk_id);
  const about = carried(statement, source);
  const corrected = source && statement.cited.length > 0 && !statement.cited.includes(statement.chunk_id);
  return html`<li class=${statement.supported ? "" : "unsupported"}>
    <p dir="auto">${statement.text}</p>
    ${about && html`<p class="carried">${about}</p>`}
    ${corrected && html`<p class="carried">The model named another source; this one has it.</p>`}
    ${source && html`<${Carrier} statement=${statement} source=${source} id=${id} />`}
  </li>`;
}

function Sentences({ message }) {
  const statements = message.statements ?? [];
  if (!statements.length) return null;
  const id = `sentences-${message.id}`;
  return html`<section class="sentences" aria-labelledby=${id}>
    <p class="sentences-head" id=${id}>Sentence by sentence</p>
    <ol>
      ${statements.map(
        (statement, place) => html`<${Sentence}
          key=${place} statement=${statement} sources=${message.sources ?? []}
          id=${`carrier-${message.id}-${place}`}
        />`,
      )}
    </ol>
  </section>`;
}

export function Verdict({ message }) {
  const [open, setOpen] = useState(false);
  const id = `verdict-${message.id}`;
  const shown = Object.entries(message.verdict).filter(([key]) => !BESIDE.includes(key));
  return html`<div class="verdict">
    <button type="button" class="link" aria-expanded=${open} aria-controls=${id}
      onClick=${() => setOpen(!open)}>
      ${open ? "Hide the checks" : "How this was decided"}
    </button>
    ${open &&
    html`<div id=${id}>
      <dl>
        ${shown.map(
          ([key, value]) => html`<div key=${key}>
            <dt>${VERDICT[key] ?? humanize(key)}</dt>
            <dd dir="auto">${plain(key, value)}</dd>
          </div>`,
        )}
      </dl>
      <${Sentences} message=${message} />
    </div>`}
  </div>`;
}
