// Where documents come from: files, websites, what is written here; and how their last run went.
import { useEffect, useState } from "/web/vendor/hooks.js";
import { ago, fullTime, languageName, plural } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { Icon } from "/web/desk/icons.js";
import { SIGNS } from "./guardrails_words.js";
import { AddFiles, AddWebsite } from "./knowledge_add.js";
import { api } from "./knowledge_api.js";
import { SOURCE_KINDS } from "./knowledge_words.js";
import { Confirm, Empty, Loaded, Problem, Section, Tag, useLoad } from "./kit.js";
import { addressOf } from "./paging.js";
import { SOURCE_STATES } from "./words.js";

const AGAIN = 2000;
const RUNNING = ["indexing", "reading", "running"];

function Progress({ source }) {
  if (!source.total || source.done >= source.total) return html`<progress aria-label=${`${source.name} is being read`}></progress>`;
  return html`<span class="progress">
    <progress max=${source.total} value=${source.done} aria-label=${`${source.name}: how far it is read`}></progress>
    <span class="quiet">${source.done} of ${source.total}</span>
  </span>`;
}

// What the last run said of single files and pages.
function Reports({ reports }) {
  return html`<details class="more-fields">
    <summary>${plural(reports.length, "file or page", "files or pages")} to look at</summary>
    <ul class="reports">
      ${reports.map(
        (report, place) => html`<li key=${place}>
          <strong class="breakable"><bdi>${report.path.split(/[\\/]/).at(-1) || report.path}</bdi></strong>
          <span class=${report.state === "failed" ? "bad" : "quiet"}>${report.reason ?? (report.signs?.length ? `Read it again: ${report.signs.map((sign) => SIGNS[sign] ?? sign).join(", ")}` : report.state)}</span>
        </li>`,
      )}
    </ul>
  </details>`;
}

function Site({ settings, due }) {
  if (!settings.url) return null;
  return html`<dt>Starts at</dt><dd>${settings.url}</dd>
    ${settings.every_hours > 0 && html`<dt>Read again</dt><dd>every ${plural(settings.every_hours, "hour")}${due && `, next ${fullTime(due)}`}</dd>`}`;
}

function Source({ source, waiting, writes, releases, onRun, onDelete }) {
  const said = SOURCE_STATES[source.state] ?? { text: source.state, tone: "quiet" };
  const running = RUNNING.includes(source.state);
  return html`<li class="card source-card" aria-label=${source.name}>
    <div class="card-head">
      <span class="card-icon"><${Icon} name=${source.kind === "website" ? "globe" : source.kind === "articles" ? "note" : "book"} /></span>
      <h3><bdi>${source.name}</bdi><small>${SOURCE_KINDS[source.kind] ?? source.kind ?? ""}</small></h3>
      <${Tag} tone=${said.tone}>${said.text}</${Tag}>
    </div>
    ${running && html`<${Progress} source=${source} />`}
    ${source.error && html`<p class="cell-error">${source.error}</p>`}
    <dl class="pairs">
      <dt>Documents</dt><dd>${source.documents}${waiting > 0 && html` <a href=${addressOf("knowledge", { view: "releases" })}>${plural(waiting, "change")} to release</a>`}</dd>
      <dt>Passages</dt><dd>${source.chunks}</dd>
      <dt>Language</dt><dd>${languageName(source.language) || "–"}</dd>
      <${Site} settings=${source.settings ?? {}} due=${source.due_at} />
      <dt>Changed</dt><dd><time datetime=${source.updated_at} title=${fullTime(source.updated_at)}>${ago(source.updated_at)}</time></dd>
    </dl>
    ${source.reports?.length > 0 && html`<${Reports} reports=${source.reports} />`}
    <div class="acts">
      ${writes && source.kind === "website" && html`<button type="button" class="small" disabled=${running} aria-label=${`Read ${source.name} now`} onClick=${() => onRun(source)}>Read it now</button>`}
      ${releases && html`<button type="button" class="small" aria-label=${`Delete ${source.name}`} onClick=${() => onDelete(source)}>Delete</button>`}
    </div>
  </li>`;
}

export function Sources({ unit, may, toast }) {
  const state = useLoad(async () => {
    const [sources, documents] = await Promise.all([api.sources(), api.changes(unit)]);
    return { sources: sources.filter((source) => source.unit_id === unit), documents };
  }, [unit]);
  const [adding, setAdding] = useState(null);
  const [deleting, setDeleting] = useState(null);
  const [problem, setProblem] = useState(null);
  const writes = may("knowledge:write");
  const running = state.data?.sources.some((source) => RUNNING.includes(source.state));

  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(state.reload, AGAIN);
    return () => clearInterval(timer);
  }, [running, state.reload]);

  async function run(source) {
    setProblem(null);
    try {
      await api.runSource(source.id);
      toast(`${source.name} is being read.`);
    } catch (error) {
      setProblem(error.message);
    }
    state.reload();
  }

  const added = (text) => (setAdding(null), toast(text), state.reload());
  const names = (state.data?.sources ?? []).map((source) => source.name);
  // A change belongs to the source that holds its document; where the server does not say, none is counted.
  const waiting = (source) => (state.data?.documents ?? []).filter((change) => change.source_id === source.id).length;
  const buttons = html`<div class="acts">
    <button type="button" onClick=${() => setAdding("site")}><${Icon} name="globe" />Add a website</button>
    <button type="button" class="primary" onClick=${() => setAdding("files")}><${Icon} name="up" />Add files</button>
  </div>`;

  return html`<${Section} title="Sources" about="Files, websites and what is written here. What is read in waits as drafts for a release." actions=${writes ? buttons : null}>
    ${problem && html`<${Problem} text=${problem} />`}
    <${Loaded} of=${state} what="the sources">
      ${({ sources }) =>
        sources.length
          ? html`<ul class="cards cards-people" aria-label="Sources">
              ${sources.map(
                (source) => html`<${Source} key=${source.id} source=${source} waiting=${waiting(source)} writes=${writes}
                  releases=${may("knowledge:release")} onRun=${run} onDelete=${setDeleting} />`,
              )}
            </ul>`
          : html`<${Empty} icon="book" title="No sources yet">The assistant hands every question to people until it has something to quote from.</${Empty}>`}
    </${Loaded}>
    ${adding === "files" && html`<${AddFiles} unit=${unit} sources=${names} onAdded=${added} onClose=${() => (setAdding(null), state.reload())} />`}
    ${adding === "site" && html`<${AddWebsite} unit=${unit} onAdded=${added} onClose=${() => setAdding(null)} />`}
    ${deleting &&
    html`<${Confirm} title=${`Delete ${deleting.name}?`} act="Delete the source" onClose=${() => setDeleting(null)}
      onAct=${async () => (await api.deleteSource(deleting.id), toast(`${deleting.name} is deleted; nothing of it is answered any more.`), state.reload())}>
      ${`${plural(deleting.documents, "document")} with ${plural(deleting.chunks, "passage")} will be gone. The assistant stops answering from them at once. This cannot be undone.`}
    </${Confirm}>`}
  </${Section}>`;
}
