// The regression set: texts of the unit's own, and what must come out of them.
import { useState } from "/web/vendor/hooks.js";
import { Dialog, DialogHead } from "/web/desk/dialogs.js";
import { fullTime, plural } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { Icon } from "/web/desk/icons.js";
import { api } from "./api.js";
import { ACTS, PROBLEMS } from "./guardrails_words.js";
import { Empty, Loaded, Problem, Section, Table, Tag, useLoad } from "./kit.js";

const said = ({ problems, values }) =>
  problems.map((code) => PROBLEMS[code] ?? code).join(", ") + (values.length ? `: ${values.map((value) => `“${value}”`).join(", ")}` : "");

// How the rows came out; the failing ones first.
export function Outcomes({ found }) {
  const failing = found.items.filter((one) => !one.ok);
  if (!found.items.length) return html`<p class="quiet">There is no regression set yet: nothing has to be passed.</p>`;
  if (!failing.length) {
    return html`<div class="outcome outcome-good" role="status">
      <${Icon} name="checks" /><div><strong>It passes.</strong><p>${`Regression set no. ${found.cases} comes out as it must: ${plural(found.items.length, "row")}.`}</p></div>
    </div>`;
  }
  return html`<div class="outcome outcome-bad" role="alert">
    <${Icon} name="alert" />
    <div>
      <strong>${`${failing.length} of ${plural(found.items.length, "row")} fail.`}</strong>
      <ul class="failing" aria-label="Failing rows">
        ${failing.map((one) => html`<li key=${one.name}><code>${one.name}</code> <bdi>${said(one)}</bdi></li>`)}
      </ul>
    </div>
  </div>`;
}

const lines = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);
const blocks = (text) => text.split(/\n\s*---\s*\n/).map((block) => block.trim()).filter(Boolean);

const NEW = { name: "", text: "", language: "en", hidden: [], spared: [], act: null, reply: "", passages: [], gate: null };

function Row({ row, onKeep, onClose }) {
  const [fields, setFields] = useState({
    ...row, hidden: row.hidden.join("\n"), spared: row.spared.join("\n"), passages: row.passages.join("\n---\n"),
    act: row.act ?? "", gate: row.gate ?? "",
  });
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const field = (name) => ({ value: fields[name], onInput: (event) => setFields({ ...fields, [name]: event.target.value }) });

  async function submit(event) {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await onKeep({
        ...fields, name: fields.name.trim(), language: fields.language.trim() || "en", hidden: lines(fields.hidden),
        spared: lines(fields.spared), passages: blocks(fields.passages), act: fields.act || null, gate: fields.gate || null,
      });
    } catch (error) {
      setProblem(error.message);
      setBusy(false);
    }
  }

  return html`<${Dialog} label="A row of the regression set" onClose=${onClose} wide>
    <${DialogHead} title="A row of the regression set" onClose=${onClose} />
    <form class="dialog-scroll form" onSubmit=${submit}>
      <div class="form-pair">
        <label>Name <input ...${field("name")} required pattern="[a-z0-9][a-z0-9\\-]{0,59}" autocomplete="off" spellcheck="false" placeholder="card-in-a-complaint" /></label>
        <label>Language <input ...${field("language")} pattern="[a-z]{2,3}" autocomplete="off" spellcheck="false" /></label>
      </div>
      <label>What the customer writes <textarea ...${field("text")} required rows="3" maxlength="4000"></textarea></label>
      <div class="form-pair">
        <label>Must be hidden, one part a line <textarea ...${field("hidden")} rows="2" spellcheck="false"></textarea></label>
        <label>Must not be hidden, one part a line <textarea ...${field("spared")} rows="2" spellcheck="false"></textarea></label>
      </div>
      <label>
        Must be met by
        <select ...${field("act")}>
          <option value="">Anything</option>
          ${Object.entries(ACTS).map(([code, act]) => html`<option key=${code} value=${code}>${act.text}</option>`)}
        </select>
      </label>
      <details class="more-fields" open=${Boolean(row.gate)}>
        <summary>What the gate must say about a reply</summary>
        <div class="form">
          <label>
            The gate must
            <select ...${field("gate")}>
              <option value="">Not be asked</option>
              <option value="allow">Let it go out</option>
              <option value="refuse">Hold it back</option>
            </select>
          </label>
          <label>A reply <textarea ...${field("reply")} rows="2" maxlength="4000"></textarea></label>
          <label>Passages, with a line of --- between two <textarea ...${field("passages")} rows="3"></textarea></label>
        </div>
      </details>
      ${problem && html`<${Problem} text=${problem} />`}
      <div class="form-end">
        <button type="button" onClick=${onClose}>Cancel</button>
        <button type="submit" class="primary" disabled=${busy}>${busy ? "Keeping…" : "Keep the row"}</button>
      </div>
    </form>
  </${Dialog}>`;
}

function wanted(row) {
  return [
    row.hidden.length && `hides ${row.hidden.join(", ")}`,
    row.spared.length && `spares ${row.spared.join(", ")}`,
    row.act && (ACTS[row.act]?.text ?? row.act).toLowerCase(),
    row.gate && (row.gate === "allow" ? "the reply goes out" : "the reply is held back"),
  ].filter(Boolean).join("; ");
}

export function Cases({ unit, may, names, toast }) {
  const state = useLoad(() => api.cases(unit), [unit]);
  const [editing, setEditing] = useState(null);
  const [outcomes, setOutcomes] = useState(null);
  const [problem, setProblem] = useState(null);
  const writes = may("guardrails:write");
  const items = state.data?.items ?? [];

  async function save(rows, text) {
    await api.saveCases({ unit_id: unit, seen: state.data.number, items: rows });
    setEditing(null);
    setOutcomes(null);
    toast(text);
    await state.reload();
  }

  const keep = (row) => save(editing.place === null ? [...items, row] : items.map((one, at) => (at === editing.place ? row : one)), `The row ${row.name} is kept.`);

  async function attempt(work) {
    setProblem(null);
    try {
      await work();
    } catch (error) {
      setProblem(error.message);
    }
  }

  const remove = (place) => attempt(() => save(items.filter((_, at) => at !== place), `The row ${items[place].name} is taken out.`));
  const run = () => attempt(async () => setOutcomes(await api.runCases({ unit_id: unit })));

  const acts = html`<span class="acts">
    ${items.length > 0 && html`<button type="button" onClick=${run}><${Icon} name="checks" />Run it on what is live</button>`}
    ${writes && html`<button type="button" onClick=${() => setEditing({ place: null, row: NEW })}><${Icon} name="note" />Add a row</button>`}
  </span>`;

  return html`<${Section} title="Regression set" about="What every version has to pass before it goes live." actions=${acts}>
    ${problem && html`<${Problem} text=${problem} />`}
    ${outcomes && html`<div class="below-head"><${Outcomes} found=${outcomes} /></div>`}
    <${Loaded} of=${state} what="the regression set">
      ${(found) =>
        found.items.length
          ? html`<${Table} label="Regression set" columns=${["Row", "Text", "What must come out", ""]}
                rows=${found.items.map((row, place) => {
                  const outcome = outcomes?.items.find((one) => one.name === row.name);
                  return {
                    key: row.name,
                    cells: [
                      html`<span>${row.name} ${outcome && html`<${Tag} tone=${outcome.ok ? "good" : "bad"}>${outcome.ok ? "Passes" : "Fails"}</${Tag}>`}</span>`,
                      html`<bdi class="breakable clamp">${row.text}</bdi>`,
                      html`<bdi class="breakable">${wanted(row)}</bdi>`,
                      writes &&
                        html`<span class="acts">
                          <button type="button" class="small" aria-label=${`Change ${row.name}`} onClick=${() => setEditing({ place, row })}>Change</button>
                          <button type="button" class="small" aria-label=${`Take out ${row.name}`} onClick=${() => remove(place)}>Take out</button>
                        </span>`,
                    ],
                  };
                })} />
              <p class="quiet below">${`Set no. ${found.number}, kept by ${names.named(found.author)} on ${fullTime(found.created_at)}.`}</p>`
          : html`<${Empty} icon="checks" title="No rows yet">Any version may go live. Add texts that must never leave in clear.</${Empty}>`}
    </${Loaded}>
    ${editing && html`<${Row} row=${editing.row} onKeep=${keep} onClose=${() => setEditing(null)} />`}
  </${Section}>`;
}
