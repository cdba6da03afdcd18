// One article: written with a preview beside it, its versions, and the ways out.
import { useState } from "/web/vendor/hooks.js";
import { Dialog, DialogHead } from "/web/desk/dialogs.js";
import { fullTime, languageName, plural } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { api } from "./knowledge_api.js";
import { StateTag, validity } from "./knowledge_articles.js";
import { Difference } from "./knowledge_diff.js";
import { Editor, blank } from "./knowledge_editor.js";
import { AUDIENCES } from "./knowledge_words.js";
import { Confirm, Loaded, Problem, Section, Table, Tag, useLoad } from "./kit.js";
import { Markdown } from "./markdown.js";
import { addressOf } from "./paging.js";

const open = (id) => (location.hash = addressOf("knowledge", { view: "article", id }));
const toList = () => (location.hash = addressOf("knowledge", { view: "articles" }));

// Asks for a reason before something happens at once.
function Withdraw({ title, onAct, onClose }) {
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState(null);
  async function submit(event) {
    event.preventDefault();
    try {
      await onAct(reason.trim());
    } catch (error) {
      setProblem(error.message);
    }
  }
  return html`<${Dialog} label="Withdraw at once" onClose=${onClose}>
    <${DialogHead} title="Withdraw at once" onClose=${onClose} />
    <form class="dialog-scroll form" onSubmit=${submit}>
      <p>${`From the next question on nothing is answered from “${title}”; people answer instead. Going back to the release before undoes it.`}</p>
      <label>Why <input value=${reason} required minlength="3" maxlength="300" autocomplete="off" onInput=${(event) => setReason(event.target.value)} /></label>
      ${problem && html`<${Problem} text=${problem} />`}
      <div class="form-end">
        <button type="button" onClick=${onClose}>Keep it</button>
        <button type="submit" class="danger">Withdraw it</button>
      </div>
    </form>
  </${Dialog}>`;
}

function History({ found, names }) {
  const [compared, setCompared] = useState(null);
  const { versions, row } = found;
  return html`<${Section} title="Versions" about="A version never changes; a release says which of them is served.">
    <${Table} label="Versions" columns=${["Version", "Written by", "Released", ""]}
      rows=${versions.map((version, place) => ({
        key: version.number,
        cells: [
          html`<span>Version ${version.number} ${version.live && html`<${Tag} tone="good">Live</${Tag}>`}</span>`,
          html`<span><bdi>${names.named(version.author)}</bdi><br /><span class="quiet">${fullTime(version.created_at)}</span></span>`,
          version.since ? `since release ${version.since}` : html`<span class="quiet">never</span>`,
          html`<button type="button" class="small" aria-label=${`Compare version ${version.number}`}
            onClick=${() => setCompared({ before: versions[place + 1]?.number ?? null, after: version.number })}>Compare</button>`,
        ],
      }))} />
    ${compared &&
    html`<${Dialog} wide label="Differences" onClose=${() => setCompared(null)}>
      <${DialogHead} title=${compared.before ? `Version ${compared.after} against version ${compared.before}` : `Version ${compared.after}`} onClose=${() => setCompared(null)} />
      <div class="dialog-scroll"><${Difference} document=${row.id} before=${compared.before} after=${compared.after} /></div>
    </${Dialog}>`}
  </${Section}>`;
}

function Facts({ row }) {
  return html`<dl class="pairs">
    <dt>Source</dt><dd><bdi>${row.source}</bdi> · <bdi>${row.name}</bdi></dd>
    <dt>Language</dt><dd>${languageName(row.language)}</dd>
    <dt>For</dt><dd>${AUDIENCES[row.audience]?.name ?? row.audience}${validity(row) && `, ${validity(row)}`}</dd>
  </dl>`;
}

function Acts({ row, may, onAsk }) {
  const served = row.live !== null;
  return html`<div class="acts">
    ${may("knowledge:write") && ["changed", "removed"].includes(row.state) &&
    html`<button type="button" onClick=${() => onAsk("discard")}>${row.state === "removed" ? "Keep it after all" : "Discard the draft"}</button>`}
    ${may("knowledge:write") && row.state === "draft" && html`<button type="button" onClick=${() => onAsk("discard")}>Discard the draft</button>`}
    ${may("knowledge:write") && served && row.state !== "removed" && html`<button type="button" onClick=${() => onAsk("remove")}>Remove with the next release</button>`}
    ${may("knowledge:release") && served && html`<button type="button" onClick=${() => onAsk("withdraw")}>Withdraw at once</button>`}
    ${may("knowledge:release") && row.state !== "draft" && html`<button type="button" onClick=${() => onAsk("delete")}>Delete for good</button>`}
  </div>`;
}

function Known({ id, may, names, toast }) {
  const state = useLoad(() => api.document(id), [id]);
  const [asking, setAsking] = useState(null);
  const row = state.data?.row;
  const done = (text, gone) => (setAsking(null), toast(text), gone ? toList() : state.reload());

  async function save(edit) {
    const stored = await api.saveDocument(id, edit);
    toast(stored.state === "unchanged" ? "Nothing has changed." : `Version ${stored.version} is kept as a draft: ${plural(stored.chunks, "passage")}.`);
    state.reload();
  }

  const asks = {
    discard: { title: "Discard the draft?", act: "Discard it", text: "What was drafted since the last release is forgotten.",
      go: async () => (await api.discard(id), done("The draft is discarded.", row.live === null)) },
    remove: { title: "Remove with the next release?", act: "Remove it", text: "It is served until somebody else lets the next release out.",
      go: async () => (await api.removeDocument(id), done("It goes with the next release.", row.live === null)) },
    delete: { title: "Delete for good?", act: "Delete it", text: "The article is gone at once, with all its versions; no way back brings it again.",
      go: async () => (await api.deleteDocument(id), done("The article is deleted.", true)) },
  };
  const ask = asks[asking];

  return html`<${Loaded} of=${state} what="the article">
    ${(found) => html`
      <${Section} title=${found.row.title} actions=${html`<${StateTag} state=${found.row.state} />`}>
        <div class="card article-facts"><${Facts} row=${found.row} /><${Acts} row=${found.row} may=${may} onAsk=${setAsking} /></div>
        ${found.row.signs.length > 0 && html`<${Problem} text="Parts of it look like orders to the assistant: read it again before it is released." />`}
        ${may("knowledge:write")
          ? html`<${Editor} key=${found.row.head} start=${{ ...found.row, text: found.text }} onSave=${save} />`
          : html`<div class="card"><${Markdown} text=${found.text} lang=${found.row.language} /></div>`}
      </${Section}>
      <${History} found=${found} names=${names} />
      ${ask && html`<${Confirm} title=${ask.title} act=${ask.act} onAct=${ask.go} onClose=${() => setAsking(null)}>${ask.text}</${Confirm}>`}
      ${asking === "withdraw" &&
      html`<${Withdraw} title=${found.row.title} onClose=${() => setAsking(null)}
        onAct=${async (reason) => (await api.withdraw(id, reason), done("It is withdrawn: people answer from now on."))} />`}
    `}
  </${Loaded}>`;
}

function Fresh({ unit, gap, toast }) {
  const state = useLoad(async () => {
    if (!gap) return { start: blank(), answers: null };
    const found = await api.suggestion(gap);
    return { start: { ...blank(), title: found.title, text: found.text, language: found.language }, answers: found };
  }, [gap]);
  const sources = useLoad(api.sources);
  const own = (sources.data ?? []).filter((source) => source.unit_id === unit).map((source) => source.name);

  async function save(edit, place) {
    const report = await api.addDocument({ unit_id: unit, ...place, ...edit });
    if (report.state === "failed") throw new Error(`The article was not kept: it ${report.reason}.`);
    if (gap) await api.settleGap(gap, true);
    const found = await api.documents({ unit_id: unit, q: place.name });
    const made = found.find((one) => one.name === place.name && one.source === place.source);
    toast("The article is kept as a draft. A release serves it.");
    if (made) open(made.id);
    else toList();
  }

  return html`<${Section} title="Write an article" about="It is a draft until somebody else lets a release with it out.">
    <${Loaded} of=${state} what="the beginning">
      ${({ start, answers }) => html`
        ${answers && html`<p class="note-line">${`Begun from ${plural(answers.answers, "answer")} that colleagues gave. Personal data is taken out: read it, and fill in what [PLACES] stand for.`}</p>`}
        <${Editor} start=${start} sources=${own} fresh onSave=${save} />
      `}
    </${Loaded}>
  </${Section}>`;
}

export function Article({ unit, asked, may, names, toast }) {
  return html`
    <p class="below-head"><a href=${addressOf("knowledge", { view: "articles" })}>All articles</a></p>
    ${asked.id === "new"
      ? html`<${Fresh} unit=${unit} gap=${asked.gap} toast=${toast} />`
      : html`<${Known} id=${asked.id} may=${may} names=${names} toast=${toast} />`}
  `;
}
