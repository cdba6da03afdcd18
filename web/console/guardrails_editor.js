// Write a new version of the policy: every field, checked by the server as a whole.
import { useState } from "/web/vendor/hooks.js";
import { html } from "/web/desk/html.js";
import { Icon } from "/web/desk/icons.js";
import { api } from "./api.js";
import { Outcomes } from "./guardrails_cases.js";
import { FIELDS, KINDS } from "./guardrails_words.js";
import { Problem, Section } from "./kit.js";

const lines = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);
const codes = (text) => text.split(/[\s,]+/).filter(Boolean);

// "Project Heron | PERSON" and back; without a bar the kind is "OTHER".
function termOf(line) {
  const [, value, kind] = /^(.*?)(?:\s*\|\s*([A-Z_]+))?$/.exec(line);
  return { value, kind: kind ?? "OTHER" };
}
const lineOf = ({ value, kind }) => (kind === "OTHER" ? value : `${value} | ${kind}`);

// The policy as it is typed: lists as lines.
function typed(policy) {
  return {
    ...policy,
    hide: policy.hide.map(lineOf).join("\n"),
    never_guess: policy.never_guess.join("\n"),
    promises: policy.promises.join("\n"),
    languages: policy.languages.join(", "),
    patterns: policy.patterns.map((one) => ({ ...one, finds: one.finds.join("\n"), spares: one.spares.join("\n") })),
    topics: policy.topics.map((one) => ({ ...one, phrases: one.phrases.join("\n") })),
  };
}

function meant(fields) {
  return {
    ...fields,
    hide: lines(fields.hide).map(termOf),
    never_guess: lines(fields.never_guess),
    promises: lines(fields.promises),
    languages: codes(fields.languages),
    patterns: fields.patterns.map((one) => ({ ...one, name: one.name.trim(), finds: lines(one.finds), spares: lines(one.spares) })),
    topics: fields.topics.map((one) => ({ ...one, name: one.name.trim(), phrases: lines(one.phrases) })),
  };
}

function Threshold({ name, hint, fields, set }) {
  const value = fields[name];
  return html`<label>
    ${FIELDS[name]}
    <span class="slider">
      <input type="range" min="0" max="1" step="0.05" value=${value} aria-describedby=${`hint-${name}`}
        onInput=${(event) => set({ [name]: Number(event.target.value) })} />
      <output>${value.toFixed(2)}</output>
    </span>
    <span class="quiet" id=${`hint-${name}`}>${hint}</span>
  </label>`;
}

function Lines({ name, hint, fields, set, rows = 4 }) {
  return html`<label>
    ${FIELDS[name]}
    <textarea rows=${rows} spellcheck="false" value=${fields[name]} aria-describedby=${`hint-${name}`}
      onInput=${(event) => set({ [name]: event.target.value })}></textarea>
    <span class="quiet" id=${`hint-${name}`}>${hint}</span>
  </label>`;
}

// A list of small forms, each with a way to take it out.
function Entries({ title, empty, items, made, onChange, children, noun }) {
  const change = (place) => (patch) => onChange(items.map((one, at) => (at === place ? { ...one, ...patch } : one)));
  return html`<fieldset class="entries-edit">
    <legend>${title}</legend>
    ${!items.length && html`<p class="quiet">${empty}</p>`}
    ${items.map(
      (item, place) => html`<div key=${place} class="card form" role="group" aria-label=${`${noun} ${place + 1}`}>
        ${children(item, change(place), place)}
        <button type="button" class="small take-out" aria-label=${`Take out ${noun} ${place + 1}`}
          onClick=${() => onChange(items.filter((_, at) => at !== place))}>Take out</button>
      </div>`,
    )}
    <button type="button" onClick=${() => onChange([...items, made])}><${Icon} name="note" />${`Add a ${noun}`}</button>
  </fieldset>`;
}

function Pattern({ item, set }) {
  const field = (name) => ({ value: item[name], onInput: (event) => set({ [name]: event.target.value }) });
  return html`
    <div class="form-pair">
      <label>Name <input ...${field("name")} required pattern="[a-z][a-z0-9\\-]{1,39}" autocomplete="off" spellcheck="false" placeholder="member-number" /></label>
      <label>
        It is hidden as
        <select ...${field("kind")}>
          ${Object.entries(KINDS).filter(([code]) => code !== "LITERAL").map(([code, name]) => html`<option key=${code} value=${code}>${name}</option>`)}
        </select>
      </label>
    </div>
    <label>Regular expression <input ...${field("regex")} class="code" required maxlength="500" autocomplete="off" spellcheck="false" placeholder="\\bNW-\\d{6}\\b" /></label>
    <div class="form-pair">
      <label>Texts in which it must find something <textarea rows="2" ...${field("finds")} required spellcheck="false"></textarea></label>
      <label>Texts in which it must find nothing <textarea rows="2" ...${field("spares")} required spellcheck="false"></textarea></label>
    </div>`;
}

const LIMITS = [
  "messages_per_contact_and_hour", "characters_per_message", "model_calls_per_turn", "tool_calls_per_turn", "tokens_per_contact_and_day",
  "tokens_per_unit_and_day", "money_per_unit_and_day", "price_per_million_prompt_tokens", "price_per_million_completion_tokens",
];
const OPTIONAL = ["money_per_unit_and_day"];

function Limits({ limits, onChange }) {
  const known = LIMITS.filter((name) => name in limits);
  return html`<fieldset>
    <legend>${FIELDS.limits}</legend>
    <div class="form-pair">
      ${known.map((name) => {
        const optional = OPTIONAL.includes(name);
        return html`<label key=${name}>
          ${FIELDS[`limits.${name}`]}
          <input type="number" min="0" step=${/money|price/.test(name) ? "any" : "1"} required=${!optional}
            placeholder=${optional ? "Not limited" : ""} value=${limits[name] ?? ""}
            onInput=${(event) => onChange({ ...limits, [name]: event.target.value === "" ? null : Number(event.target.value) })} />
        </label>`;
      })}
    </div>
  </fieldset>`;
}

export function Editor({ unit, start, onDrafted, onClose }) {
  const [fields, setFields] = useState(() => typed(start));
  const [note, setNote] = useState("");
  const [problem, setProblem] = useState(null);
  const [outcomes, setOutcomes] = useState(null);
  const [busy, setBusy] = useState(false);
  const set = (patch) => setFields((before) => ({ ...before, ...patch }));

  async function attempt(work) {
    setBusy(true);
    setProblem(null);
    setOutcomes(null);
    try {
      await work();
    } catch (error) {
      setProblem(error.message);
    }
    setBusy(false);
  }

  const run = () => attempt(async () => setOutcomes(await api.runCases({ unit_id: unit, content: meant(fields) })));

  function submit(event) {
    event.preventDefault();
    attempt(async () => {
      const { number } = await api.draft({ unit_id: unit, content: meant(fields), note: note.trim() });
      onDrafted(number);
    });
  }

  return html`<${Section} title="Draft a change" about="It does nothing until somebody else releases it.">
    <form class="form editor" onSubmit=${submit}>
      <label>What it is for <input value=${note} required maxlength="300" autocomplete="off" onInput=${(event) => setNote(event.target.value)} /></label>
      <${Entries} title=${FIELDS.patterns} noun="pattern" items=${fields.patterns} empty="None yet: numbers and codes that only your company uses."
        made=${{ name: "", kind: "OTHER", regex: "", finds: "", spares: "" }} onChange=${(patterns) => set({ patterns })}>
        ${(item, change) => html`<${Pattern} item=${item} set=${change} />`}
      </${Entries}>
      <div class="form-pair">
        <${Lines} name="hide" fields=${fields} set=${set} hint="One a line, in any spelling of case and accents. A kind may follow a bar: Rosa Brandt | PERSON" />
        <${Lines} name="never_guess" fields=${fields} set=${set} hint="Brands and products, one a line. What the record knows is hidden all the same." />
      </div>
      <div class="form-pair">
        <${Threshold} name="name_threshold" fields=${fields} set=${set} hint="Lower hides more, also what is not a name." />
        <${Threshold} name="injection_threshold" fields=${fields} set=${set} hint="A flag never blocks a customer; it switches off changes by the assistant." />
      </div>
      <${Entries} title=${FIELDS.topics} noun="topic" items=${fields.topics} empty="None: the assistant may talk about all it knows."
        made=${{ name: "", phrases: "" }} onChange=${(topics) => set({ topics })}>
        ${(item, change) => html`<div class="form-pair">
          <label>Name <input value=${item.name} required maxlength="80" autocomplete="off" onInput=${(event) => change({ name: event.target.value })} /></label>
          <label>Phrases, one a line <textarea rows="3" required value=${item.phrases} onInput=${(event) => change({ phrases: event.target.value })}></textarea></label>
        </div>`}
      </${Entries}>
      <div class="form-pair">
        <${Lines} name="promises" fields=${fields} set=${set} hint="Phrases that no answer may hold, one a line, besides the built-in ones." />
        <label>
          ${FIELDS.languages}
          <input value=${fields.languages} autocomplete="off" spellcheck="false" placeholder="All it knows" aria-describedby="hint-languages"
            onInput=${(event) => set({ languages: event.target.value })} />
          <span class="quiet" id="hint-languages">Codes such as en, de. Other languages go to people.</span>
        </label>
      </div>
      <${Limits} limits=${fields.limits} onChange=${(limits) => set({ limits })} />
      ${problem && html`<${Problem} text=${problem} />`}
      ${outcomes && html`<${Outcomes} found=${outcomes} />`}
      <div class="form-end">
        <button type="button" onClick=${onClose}>Cancel</button>
        <button type="button" disabled=${busy} onClick=${run}>Run the regression set</button>
        <button type="submit" class="primary" disabled=${busy}>${busy ? "Checking…" : "Keep as a draft"}</button>
      </div>
    </form>
  </${Section}>`;
}
