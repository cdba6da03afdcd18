// Add one Markdown document, or replace it by a new version.
import { useState } from "/web/vendor/hooks.js";
import { Dialog, DialogHead } from "/web/desk/dialogs.js";
import { languageName, plural } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { api } from "./api.js";
import { Problem, UnitField } from "./kit.js";
import { REPORTS } from "./words.js";

// "Garantia e devolução" -> "garantia-e-devolucao.md"
export function fileName(title) {
  const plain = title.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const words = plain.match(/[\p{L}\p{N}]+/gu) ?? ["document"];
  return `${words.join("-").slice(0, 80)}.md`;
}

export function AddDocument({ me, sources, onClose, onAdded }) {
  const [unit, setUnit] = useState(me.units[0]?.id);
  const [fields, setFields] = useState({ source: "", title: "", text: "", language: "", url: "" });
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const field = (name) => ({
    value: fields[name],
    onInput: (event) => setFields({ ...fields, [name]: event.target.value }),
  });
  const languages = [...new Set(me.units.flatMap((one) => one.languages))].sort();

  async function submit(event) {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      const report = await api.addDocument({
        unit_id: unit,
        source: fields.source.trim(),
        name: fileName(fields.title),
        title: fields.title.trim(),
        text: fields.text,
        language: fields.language || null,
        url: fields.url.trim() || null,
      });
      if (report.state === "failed") throw new Error(`The document was not taken: it ${report.reason}.`);
      onAdded(`“${fields.title.trim()}” ${REPORTS[report.state] ?? "was taken in"}: ${plural(report.chunks, "passage")}.${
        report.signs.length > 0 ? " Read it again: parts of it look like orders to the assistant." : ""}`);
    } catch (error) {
      setProblem(error.message);
      setBusy(false);
    }
  }

  return html`<${Dialog} label="Add a document" onClose=${onClose} wide>
    <${DialogHead} title="Add a document" onClose=${onClose} />
    <form class="dialog-scroll form" onSubmit=${submit}>
      <div class="form-pair">
        <${UnitField} me=${me} value=${unit} onChange=${setUnit} />
        <label>
          Source
          <input ...${field("source")} list="known-sources" required maxlength="120" autocomplete="off" placeholder="europe/en" />
          <datalist id="known-sources">
            ${sources.filter((one) => one.unit_id === unit).map((one) => html`<option key=${one.id} value=${one.name}></option>`)}
          </datalist>
        </label>
      </div>
      <div class="form-pair">
        <label>Title <input ...${field("title")} required maxlength="200" autocomplete="off" aria-describedby="title-hint" /></label>
        <label>
          Language
          <select value=${fields.language} onChange=${field("language").onInput}>
            <option value="">Recognise it</option>
            ${languages.map((code) => html`<option key=${code} value=${code}>${languageName(code)}</option>`)}
          </select>
        </label>
      </div>
      <p class="quiet" id="title-hint">A document with the same title in the same source is replaced.</p>
      <label>Text, in Markdown <textarea ...${field("text")} required rows="10" spellcheck="true"></textarea></label>
      <label>
        <span>Address where customers can read it <span class="quiet">(optional)</span></span>
        <input ...${field("url")} type="url" maxlength="2000" autocomplete="off" />
      </label>
      ${problem && html`<${Problem} text=${problem} />`}
      <div class="form-end">
        <button type="button" onClick=${onClose}>Cancel</button>
        <button type="submit" class="primary" disabled=${busy}>${busy ? "Taking it in…" : "Add the document"}</button>
      </div>
    </form>
  </${Dialog}>`;
}
