// The regression set: questions, and what every release must make of them.
import { useState } from "/web/vendor/hooks.js";
import { Dialog, DialogHead } from "/web/desk/dialogs.js";
import { languageName } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { Icon } from "/web/desk/icons.js";
import { api } from "./knowledge_api.js";
import { CASE_PROBLEMS } from "./knowledge_words.js";
import { Confirm, Empty, Loaded, Problem, Section, Table, Tag, useLoad } from "./kit.js";

const lines = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);

export function CaseForm({ start = {}, documents = [], onSave, onClose }) {
  const [fields, setFields] = useState({
    question: start.question ?? "", expects: start.expects ?? "answer", language: start.language ?? "",
    document: start.document ?? "", holds: (start.holds ?? []).join("\n"),
  });
  const [problem, setProblem] = useState(null);
  const field = (name) => ({ value: fields[name], onInput: (event) => setFields({ ...fields, [name]: event.target.value }) });
  const answers = fields.expects === "answer";

  async function submit(event) {
    event.preventDefault();
    setProblem(null);
    try {
      await onSave({
        question: fields.question.trim(), expects: fields.expects, language: fields.language.trim() || null,
        document: fields.document.trim() || null, holds: answers ? lines(fields.holds) : [],
      });
    } catch (error) {
      setProblem(error.message);
    }
  }

  return html`<${Dialog} label="A question of the regression set" onClose=${onClose}>
    <${DialogHead} title="A question of the regression set" onClose=${onClose} />
    <form class="dialog-scroll form" onSubmit=${submit}>
      <label>What the customer asks <textarea ...${field("question")} required rows="2" maxlength="1000" dir="auto"></textarea></label>
      <fieldset class="segments">
        <legend>What must come of it</legend>
        ${[["answer", "The assistant answers"], ["person", "People answer"]].map(
          ([code, name]) => html`<label key=${code}><input type="radio" name="expects" value=${code} checked=${fields.expects === code}
            onChange=${() => setFields({ ...fields, expects: code })} /><span>${name}</span></label>`,
        )}
      </fieldset>
      <label>
        <span>${answers ? "From the article named" : "Instead of the article named"} <span class="quiet">(optional)</span></span>
        <input ...${field("document")} list="case-documents" maxlength="400" autocomplete="off" />
        <datalist id="case-documents">${documents.map((name) => html`<option key=${name} value=${name}></option>`)}</datalist>
      </label>
      ${answers &&
      html`<label><span>What the answer must hold <span class="quiet">(one a line: a price, a number of days)</span></span> <textarea ...${field("holds")} rows="2"></textarea></label>`}
      <label><span>Language <span class="quiet">(optional, a code such as de)</span></span> <input ...${field("language")} maxlength="8" autocomplete="off" spellcheck="false" /></label>
      ${problem && html`<${Problem} text=${problem} />`}
      <div class="form-end"><button type="button" onClick=${onClose}>Cancel</button><button type="submit" class="primary">Keep the question</button></div>
    </form>
  </${Dialog}>`;
}

// How the newest rehearsal went, by the question's id.
async function results(unit) {
  const [newest] = (await api.releases(unit)).filter((release) => release.kind === "change" && ["passed", "failed", "live", "canary", "retired"].includes(release.state));
  if (!newest) return {};
  const { report } = await api.release(newest.id);
  const failed = Object.fromEntries((report?.cases?.failed ?? []).map((row) => [row.id, row.problem]));
  return Object.fromEntries(Object.keys(report?.cases?.kept ?? {}).map((id) => [id, failed[id] ?? ""]));
}

function Result({ result }) {
  if (result === undefined) return html`<span class="quiet">Not tried yet</span>`;
  return result === ""
    ? html`<${Tag} tone="good">Passed</${Tag}>`
    : html`<span><${Tag} tone="bad">Failed</${Tag}><br /><span class="quiet">${CASE_PROBLEMS[result] ?? result}</span></span>`;
}

export function Cases({ unit, may, asked, toast }) {
  const state = useLoad(async () => {
    const [cases, last, documents] = await Promise.all([api.cases(unit), results(unit), api.documents({ unit_id: unit, limit: 200 })]);
    return { cases, last, documents: documents.map((one) => one.name) };
  }, [unit]);
  const [open, setOpen] = useState(asked.q ? { question: asked.q } : null);
  const [deleting, setDeleting] = useState(null);
  const writes = may("knowledge:write");

  async function save(wanted) {
    await (open.id ? api.saveCase(open.id, wanted) : api.addCase(unit, wanted));
    setOpen(null);
    toast("The question is kept: every release has to pass it.");
    state.reload();
  }

  const add = html`<button type="button" class="primary" onClick=${() => setOpen({})}><${Icon} name="question" />Add a question</button>`;
  return html`<${Section} title="Questions every release must pass" about="What a customer asks, and what has to come of it. The rehearsal of a release tries them all." actions=${writes ? add : null}>
    <${Loaded} of=${state} what="the questions">
      ${({ cases, last, documents }) => html`
        ${cases.length === 0
          ? html`<${Empty} icon="question" title="No questions yet">Begin with the ten that customers ask most, and with a price.</${Empty}>`
          : html`<${Table} label="Questions" columns=${["Question", "Must be", "Newest rehearsal", ...(writes ? [""] : [])]}
              rows=${cases.map((one) => ({
                key: one.id,
                cells: [
                  html`<span><bdi>${one.question}</bdi>${one.language && html`<br /><span class="quiet">${languageName(one.language)}</span>`}</span>`,
                  html`<span>${one.expects === "answer" ? "Answered" : "Left to people"}${one.document && html`<br /><span class="quiet breakable">${one.expects === "answer" ? "from" : "not from"} <bdi>${one.document}</bdi></span>`}${one.holds.length > 0 && html`<br /><span class="quiet">with ${one.holds.join(", ")}</span>`}</span>`,
                  html`<${Result} result=${last[one.id]} />`,
                  ...(writes
                    ? [html`<span class="acts"><button type="button" class="small" aria-label=${`Change “${one.question}”`} onClick=${() => setOpen(one)}>Change</button>
                        <button type="button" class="small" aria-label=${`Delete “${one.question}”`} onClick=${() => setDeleting(one)}>Delete</button></span>`]
                    : []),
                ],
              }))} />`}
        ${open && html`<${CaseForm} start=${open} documents=${documents} onSave=${save} onClose=${() => setOpen(null)} />`}
      `}
    </${Loaded}>
    ${deleting &&
    html`<${Confirm} title="Delete the question?" act="Delete it" onClose=${() => setDeleting(null)}
      onAct=${async () => (await api.deleteCase(deleting.id), toast("The question is deleted."), state.reload())}>
      ${`“${deleting.question}” is not tried any more. A release that you propose is stopped for it: somebody else has to agree.`}
    </${Confirm}>`}
  </${Section}>`;
}
