// Read in files, one after the other with a word on each; or have a website read.
import { useRef, useState } from "/web/vendor/hooks.js";
import { Dialog, DialogHead } from "/web/desk/dialogs.js";
import { bytes, plural } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { Icon } from "/web/desk/icons.js";
import { api } from "./knowledge_api.js";
import { AUDIENCES, FILE_STATES } from "./knowledge_words.js";
import { Problem, Tag } from "./kit.js";

const KINDS = ".md,.markdown,.txt,.html,.htm,.pdf,.docx,.csv";

function Outcome({ file }) {
  if (!file.reports) return html`<span class="quiet">${file.busy ? "Being read…" : bytes(file.file.size)}</span>`;
  return file.reports.map((report, place) => {
    const said = FILE_STATES[report.state] ?? { text: report.state, tone: "quiet" };
    return html`<span key=${place} class="file-outcome"><${Tag} tone=${said.tone}>${said.text}</${Tag}>
      <span class="quiet">${report.reason ?? plural(report.chunks, "passage")}</span></span>`;
  });
}

export function AddFiles({ unit, sources, onAdded, onClose }) {
  const [source, setSource] = useState("");
  const [files, setFiles] = useState([]);
  const [busy, setBusy] = useState(false);
  const [over, setOver] = useState(false);
  const chooser = useRef(null);
  const take = (list) => setFiles((before) => [...before, ...[...list].map((file) => ({ file, reports: null, busy: false }))]);
  const mark = (place, patch) => setFiles((before) => before.map((one, at) => (at === place ? { ...one, ...patch } : one)));
  const done = files.length > 0 && files.every((one) => one.reports);
  const failed = files.filter((one) => one.reports?.some((report) => report.state === "failed")).length;

  async function submit(event) {
    event.preventDefault();
    if (done) return onAdded(failed ? `${plural(files.length - failed, "file")} read in, ${failed} not.` : `${plural(files.length, "file")} read in as drafts.`);
    setBusy(true);
    for (const [place, one] of files.entries()) {
      if (one.reports) continue;
      mark(place, { busy: true });
      try {
        mark(place, { reports: await api.upload(one.file, { unit_id: unit, source: source.trim() }) });
      } catch (error) {
        mark(place, { reports: [{ state: "failed", reason: error.message, chunks: 0 }] });
      }
    }
    setBusy(false);
  }

  function drop(event) {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files);
  }

  return html`<${Dialog} label="Add files" onClose=${onClose} wide>
    <${DialogHead} title="Add files" onClose=${onClose} />
    <form class="dialog-scroll form" onSubmit=${submit}>
      <label>
        Source
        <input value=${source} list="file-sources" required maxlength="120" autocomplete="off" placeholder="handbook" onInput=${(event) => setSource(event.target.value)} />
        <datalist id="file-sources">${sources.map((name) => html`<option key=${name} value=${name}></option>`)}</datalist>
        <span class="quiet">A file with the same name in the same source is replaced.</span>
      </label>
      <div class=${over ? "drop drop-over" : "drop"} onDragOver=${(event) => (event.preventDefault(), setOver(true))} onDragLeave=${() => setOver(false)} onDrop=${drop}>
        <${Icon} name="up" />
        <p>Markdown, text, HTML, PDF, DOCX, or CSV with questions and answers</p>
        <input ref=${chooser} id="files" class="hidden" type="file" multiple accept=${KINDS} aria-label="Files" tabindex="-1" onChange=${(event) => (take(event.target.files), (event.target.value = ""))} />
        <button type="button" disabled=${busy} onClick=${() => chooser.current.click()}>Choose files</button>
      </div>
      ${files.length > 0 &&
      html`<ul class="files" aria-label="Chosen files">
        ${files.map((one, place) => html`<li key=${place}><strong class="breakable"><bdi>${one.file.name}</bdi></strong><${Outcome} file=${one} /></li>`)}
      </ul>`}
      <div class="form-end">
        <button type="button" onClick=${onClose}>${done ? "Close" : "Cancel"}</button>
        <button type="submit" class="primary" disabled=${busy || !files.length}>${busy ? "Reading…" : done ? "Done" : `Read in ${plural(files.length, "file")}`}</button>
      </div>
    </form>
  </${Dialog}>`;
}

export function AddWebsite({ unit, onAdded, onClose }) {
  const [fields, setFields] = useState({ name: "", url: "", prefix: "", pages: 500, every_hours: 24, audience: "public" });
  const [problem, setProblem] = useState(null);
  const field = (name) => ({ value: fields[name], onInput: (event) => setFields({ ...fields, [name]: event.target.value }) });

  async function submit(event) {
    event.preventDefault();
    setProblem(null);
    try {
      await api.addWebsite({
        unit_id: unit, name: fields.name.trim(), url: fields.url.trim(), prefix: fields.prefix.trim() || null,
        pages: Number(fields.pages), every_hours: Number(fields.every_hours), audience: fields.audience,
      });
      onAdded(`${fields.name.trim()} is being read. Its pages come in as drafts.`);
    } catch (error) {
      setProblem(error.message);
    }
  }

  return html`<${Dialog} label="Add a website" onClose=${onClose}>
    <${DialogHead} title="Add a website" onClose=${onClose} />
    <form class="dialog-scroll form" onSubmit=${submit}>
      <label>Name of the source <input ...${field("name")} required maxlength="120" autocomplete="off" placeholder="website" /></label>
      <label>Start page or sitemap <input ...${field("url")} type="url" required maxlength="2000" autocomplete="off" /></label>
      <p class="quiet">Only pages of this host are read, as its robots.txt allows.</p>
      <label><span>Only addresses that begin with <span class="quiet">(optional)</span></span> <input ...${field("prefix")} maxlength="500" pattern="/.*" autocomplete="off" placeholder="/help/" /></label>
      <div class="form-pair">
        <label>At most so many pages <input ...${field("pages")} type="number" min="1" required /></label>
        <label>
          Read again
          <select ...${field("every_hours")}>
            ${[[24, "Every day"], [168, "Every week"], [720, "Every month"], [0, "Only when asked"]].map(([hours, name]) => html`<option key=${hours} value=${hours}>${name}</option>`)}
          </select>
        </label>
      </div>
      <label>
        Who may be told
        <select ...${field("audience")}>${Object.entries(AUDIENCES).map(([code, { name }]) => html`<option key=${code} value=${code}>${name}</option>`)}</select>
      </label>
      ${problem && html`<${Problem} text=${problem} />`}
      <div class="form-end"><button type="button" onClick=${onClose}>Cancel</button><button type="submit" class="primary">Read it</button></div>
    </form>
  </${Dialog}>`;
}
