// What has changed since the live release, proposing it, and all releases there were.
import { useState } from "/web/vendor/hooks.js";
import { fullTime, plural } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { Icon } from "/web/desk/icons.js";
import { api } from "./knowledge_api.js";
import { StateTag } from "./knowledge_articles.js";
import { Difference } from "./knowledge_diff.js";
import { CHANGE_KINDS, RELEASE_KINDS, RELEASE_STATES } from "./knowledge_words.js";
import { Empty, Loaded, Problem, Section, Table, useLoad } from "./kit.js";
import { addressOf, usePages } from "./paging.js";

const SIZE = 30;
const to = (id) => addressOf("knowledge", { view: "release", id });

export const nameOf = (release) => (release.number === null ? `Proposal ${release.id}` : `Release ${release.number}`);

// Documents of a release; the differences are read when one is opened.
export function Changes({ changes, chosen, onChoose }) {
  const [opened, setOpened] = useState({});
  return html`<ul class="doc-changes" aria-label="Changed articles">
    ${changes.map((change) => {
      const key = `${change.document_id}/${change.name}`;
      return html`<li key=${key} class="doc-change">
        <div class="doc-change-head">
          ${onChoose &&
          html`<input type="checkbox" aria-label=${`Release ${change.title}`} checked=${chosen.has(change.document_id)}
            onChange=${(event) => onChoose(change.document_id, event.target.checked)} />`}
          <${StateTag} state=${change.kind} states=${CHANGE_KINDS} />
          <strong class="breakable"><bdi>${change.title}</bdi></strong>
          <span class="quiet breakable"><bdi>${change.name}</bdi></span>
          ${change.document_id !== null &&
          html`<button type="button" class="small" aria-expanded=${Boolean(opened[key])} aria-label=${`Differences of ${change.title}`}
            onClick=${() => setOpened({ ...opened, [key]: !opened[key] })}>${opened[key] ? "Hide" : "Differences"}</button>`}
        </div>
        ${opened[key] && html`<${Difference} document=${change.document_id} before=${change.before} after=${change.after} />`}
      </li>`;
    })}
  </ul>`;
}

function Propose({ unit, changes, onProposed }) {
  const [left, setLeft] = useState(new Set());
  const [note, setNote] = useState("");
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const chosen = new Set(changes.map((change) => change.document_id).filter((id) => !left.has(id)));

  function choose(id, wanted) {
    const next = new Set(left);
    if (wanted) next.delete(id);
    else next.add(id);
    setLeft(next);
  }

  async function submit(event) {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      onProposed(await api.propose(unit, note.trim(), left.size ? [...chosen] : null));
    } catch (error) {
      setProblem(error.message);
      setBusy(false);
    }
  }

  return html`
    <${Changes} changes=${changes} chosen=${chosen} onChoose=${choose} />
    <form class="ask propose" onSubmit=${submit}>
      <label class="ask-question">What this release is for <input value=${note} required maxlength="300" autocomplete="off" onInput=${(event) => setNote(event.target.value)} /></label>
      <button type="submit" class="primary" disabled=${busy || !chosen.size}>
        <${Icon} name="send" />${busy ? "Proposing…" : `Propose ${plural(chosen.size, "change")}`}
      </button>
    </form>
    ${problem && html`<${Problem} text=${problem} />`}
  `;
}

function List({ rows, names }) {
  return html`<${Table} label="Releases" columns=${["Release", "State", "What it is for", "Proposed by", "Decided by"]}
    rows=${rows.map((row) => ({
      key: row.id,
      cells: [
        html`<span><a href=${to(row.id)}>${nameOf(row)}</a>${row.kind !== "change" && html`<br /><span class="quiet">${RELEASE_KINDS[row.kind] ?? row.kind}</span>`}</span>`,
        html`<${StateTag} state=${row.state} states=${RELEASE_STATES} />${row.override && html`<p class="cell-error">Overridden</p>`}`,
        html`<bdi class="breakable">${row.note || "–"}</bdi>`,
        html`<span><bdi>${names.named(row.author)}</bdi><br /><span class="quiet">${fullTime(row.created_at)}</span></span>`,
        row.decided_by
          ? html`<span><bdi>${names.named(row.decided_by)}</bdi><br /><span class="quiet">${fullTime(row.decided_at)}</span></span>`
          : "–",
      ],
    }))} />`;
}

export function Releases({ unit, may, names, toast }) {
  const changes = useLoad(() => api.changes(unit), [unit]);
  const pages = usePages((before) => api.releases(unit, before), String(unit), SIZE);

  function proposed(release) {
    toast("It is proposed and being rehearsed. Somebody else lets it out.");
    location.hash = to(release.id);
  }

  return html`
    <${Section} title="What has changed" about="Drafts that differ from what is served.">
      <${Loaded} of=${changes} what="what has changed">
        ${(found) => {
          if (!found.length) return html`<${Empty} icon="check" title="Nothing has changed">What is written is what is served.</${Empty}>`;
          return may("knowledge:write")
            ? html`<${Propose} unit=${unit} changes=${found} onProposed=${proposed} />`
            : html`<${Changes} changes=${found} />`;
        }}
      </${Loaded}>
    </${Section}>
    <${Section} title="Releases" about="Every answer names the release it is from; each of them can be served again, to the letter.">
      ${pages.problem && html`<${Problem} text=${pages.problem} onRetry=${pages.reload} />`}
      ${pages.items?.length === 0 && html`<${Empty} icon="book" title="No release yet">Nothing is served before the first one.</${Empty}>`}
      ${pages.items?.length > 0 && html`<${List} rows=${pages.items} names=${names} />`}
      ${pages.more && html`<p class="below"><button type="button" disabled=${pages.busy} onClick=${pages.older}>Earlier releases</button></p>`}
    </${Section}>
  `;
}
