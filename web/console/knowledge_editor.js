// The text of an article and its facts, with a preview that follows the typing.
import { useEffect, useState } from "/web/vendor/hooks.js";
import { languageName } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { AUDIENCES } from "./knowledge_words.js";
import { Problem } from "./kit.js";
import { Markdown } from "./markdown.js";

const LANGUAGES = ["en", "de", "es", "pt", "fr", "it", "nl", "pl", "tr", "ru", "ar", "hi", "zh", "ja", "ko", "vi", "he", "th", "uk", "sv", "da"];

export const blank = () => ({ title: "", text: "", language: "", audience: "public", valid_from: "", valid_until: "", url: "" });

// "Garantia e devolução" -> "garantia-e-devolucao.md"
export function fileName(title) {
  const plain = title.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const words = plain.match(/[\p{L}\p{N}]+/gu) ?? ["document"];
  return `${words.join("-").slice(0, 80)}.md`;
}

// Long texts are drawn again a moment after the typing, not at every key.
function useSettled(value) {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), value.length > 20_000 ? 400 : 60);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

export function Editor({ start, sources = [], fresh = false, onSave }) {
  const [fields, setFields] = useState(() => ({
    ...blank(),
    ...Object.fromEntries(Object.keys(blank()).map((name) => [name, start[name] ?? ""])),
    source: "articles",
  }));
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const shown = useSettled(fields.text);
  const field = (name) => ({ value: fields[name], onInput: (event) => setFields({ ...fields, [name]: event.target.value }) });
  const languages = LANGUAGES.includes(fields.language) || !fields.language ? LANGUAGES : [fields.language, ...LANGUAGES];

  async function submit(event) {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    const edit = {
      title: fields.title.trim(),
      text: fields.text,
      language: fields.language || null,
      audience: fields.audience,
      valid_from: fields.valid_from || null,
      valid_until: fields.valid_until || null,
      url: fields.url.trim() || null,
    };
    try {
      await onSave(edit, { source: fields.source.trim(), name: fileName(fields.title) });
    } catch (error) {
      setProblem(error.message);
    }
    setBusy(false);
  }

  return html`<form class="form article-form" onSubmit=${submit}>
    <div class="form-pair">
      <label>Title <input ...${field("title")} required maxlength="200" autocomplete="off" /></label>
      ${fresh &&
      html`<label>
        Source
        <input ...${field("source")} list="own-sources" required maxlength="120" autocomplete="off" />
        <datalist id="own-sources">${sources.map((name) => html`<option key=${name} value=${name}></option>`)}</datalist>
      </label>`}
      <label>
        Language
        <select value=${fields.language} onChange=${field("language").onInput}>
          <option value="">Recognise it</option>
          ${languages.map((code) => html`<option key=${code} value=${code}>${languageName(code)}</option>`)}
        </select>
      </label>
    </div>
    <div class="write">
      <label>Text, in Markdown <textarea ...${field("text")} required rows="18" spellcheck="true" dir="auto"></textarea></label>
      <section aria-label="Preview" class="write-shown" tabindex="0">
        ${shown.trim() ? html`<${Markdown} text=${shown} lang=${fields.language} />` : html`<p class="quiet">What customers will read is shown here.</p>`}
      </section>
    </div>
    <div class="form-pair">
      <label>
        Who may be told
        <select value=${fields.audience} onChange=${field("audience").onInput} aria-describedby="audience-hint">
          ${Object.entries(AUDIENCES).map(([code, { name }]) => html`<option key=${code} value=${code}>${name}</option>`)}
        </select>
        <span class="quiet" id="audience-hint">${AUDIENCES[fields.audience]?.about}</span>
      </label>
      <label>Holds from <input type="date" ...${field("valid_from")} /></label>
      <label>Holds until <input type="date" ...${field("valid_until")} /></label>
    </div>
    <label>
      <span>Address where customers can read it <span class="quiet">(optional)</span></span>
      <input ...${field("url")} type="url" maxlength="2000" autocomplete="off" />
    </label>
    ${problem && html`<${Problem} text=${problem} />`}
    <div class="form-end"><button type="submit" class="primary" disabled=${busy}>${busy ? "Taking it in…" : "Keep as a draft"}</button></div>
  </form>`;
}
