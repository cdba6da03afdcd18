// One release: what it changes, what its rehearsal found, and who may let it out.
import { useEffect, useState } from "/web/vendor/hooks.js";
import { fullTime } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { Icon } from "/web/desk/icons.js";
import { api } from "./knowledge_api.js";
import { StateTag } from "./knowledge_articles.js";
import { Changes, nameOf } from "./knowledge_releases.js";
import { Report } from "./knowledge_report.js";
import { RELEASE_STATES } from "./knowledge_words.js";
import { Confirm, Loaded, Problem, Section, useLoad } from "./kit.js";
import { addressOf } from "./paging.js";

const AGAIN = 1200;

// Lets a rehearsed proposal out: to all or first to some; a stopped one only with a reason.
function LetOut({ release, busy, onAct }) {
  const [share, setShare] = useState("");
  const [reason, setReason] = useState("");
  const failed = release.state === "failed";
  function submit(event) {
    event.preventDefault();
    const how = { ...(share && { share: Number(share) }), ...(failed && { override: reason.trim() }) };
    onAct(() => api.approve(release.id, how), share ? `It answers ${share} % of the conversations.` : "It is live: the next question is answered from it.");
  }
  return html`<form class="form let-out" onSubmit=${submit}>
    ${failed &&
    html`<label>
      Why it goes out all the same
      <input value=${reason} required minlength="10" maxlength="300" autocomplete="off" aria-describedby="override-hint" onInput=${(event) => setReason(event.target.value)} />
      <span class="quiet" id="override-hint">At least ten letters. It is kept in the ledger under your name.</span>
    </label>`}
    <div class="ask">
      <label>
        Who is answered from it
        <select value=${share} onChange=${(event) => setShare(event.target.value)}>
          <option value="">Everybody</option>
          ${[5, 10, 25, 50].map((part) => html`<option key=${part} value=${part}>${`${part} % of the conversations first`}</option>`)}
        </select>
      </label>
      <button type="submit" class=${failed ? "danger" : "primary"} disabled=${busy}>${failed ? "Override and let it out" : "Let it out"}</button>
    </div>
  </form>`;
}

function whyNot(release, me, may) {
  if (!may("knowledge:release")) return "Your role cannot let releases out.";
  if (release.author === `user/${me.id}`) return "You proposed this release: somebody else has to let it out.";
  return null;
}

function Acts({ release, me, may, busy, onAct, onBack }) {
  const none = whyNot(release, me, may);
  const waits = ["passed", "failed"].includes(release.state);
  const aside = may("knowledge:write") && ["checking", "passed", "failed"].includes(release.state);
  return html`
    ${none && (waits || release.state === "canary") && html`<p class="note-line"><${Icon} name="info" />${none}</p>`}
    ${waits && !none && html`<${LetOut} release=${release} busy=${busy} onAct=${onAct} />`}
    <div class="acts">
      ${waits && may("knowledge:write") && html`<button type="button" disabled=${busy} onClick=${() => onAct(() => api.rehearse(release.id), "It is rehearsed again.")}>Rehearse again</button>`}
      ${aside && html`<button type="button" disabled=${busy} onClick=${() => onAct(() => api.refuse(release.id), "It is set aside; the drafts stay.")}>Set aside</button>`}
      ${release.state === "canary" && !none &&
      html`<button type="button" class="primary" disabled=${busy} onClick=${() => onAct(() => api.promote(release.id), "It is live for everybody.")}>Serve it to everybody</button>`}
      ${release.state === "canary" && may("knowledge:write") &&
      html`<button type="button" disabled=${busy} onClick=${() => onAct(() => api.refuse(release.id), "The trial has ended; everybody is answered as before.")}>End the trial</button>`}
      ${release.state === "retired" && may("knowledge:release") && html`<button type="button" class="primary" disabled=${busy} onClick=${onBack}>Go back to this release</button>`}
    </div>
  `;
}

function told(release, names) {
  const proposed = `Proposed by ${names.named(release.author)} on ${fullTime(release.created_at)}`;
  if (!release.decided_by) return `${proposed}.`;
  const act = release.state === "refused" ? "set aside" : "let out";
  return `${proposed}; ${act} by ${names.named(release.decided_by)} on ${fullTime(release.decided_at)}.`;
}

export function Release({ unit, asked, me, may, names, toast }) {
  const state = useLoad(() => api.release(asked.id), [asked.id]);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const [back, setBack] = useState(false);
  const release = state.data;
  const waiting = release?.state === "checking";

  useEffect(() => {
    if (!waiting) return undefined;
    const timer = setInterval(state.reload, AGAIN);
    return () => clearInterval(timer);
  }, [waiting, state.reload]);

  async function act(call, text) {
    setBusy(true);
    setProblem(null);
    try {
      await call();
      toast(text);
    } catch (error) {
      setProblem(error.message);
    }
    setBusy(false);
    state.reload();
  }

  async function goBack() {
    const made = await api.rollback(unit, release.number);
    toast(`Release ${release.number} is served again, as release ${made.number}.`);
    location.hash = addressOf("knowledge", { view: "release", id: made.id });
  }

  return html`
    <p class="below-head"><a href=${addressOf("knowledge", { view: "releases" })}>All releases</a></p>
    <${Loaded} of=${state} what="the release">
      ${(found) => html`
        <${Section} title=${nameOf(found)} actions=${html`<${StateTag} state=${found.state} states=${RELEASE_STATES} />`}>
          <div class="card release">
            ${found.note && html`<p><bdi>${found.note}</bdi></p>`}
            <p class="quiet">${told(found, names)}</p>
            ${found.override && html`<p class="note-line"><${Icon} name="alert" />Let out although it was stopped: <bdi>${found.override}</bdi></p>`}
            ${problem && html`<${Problem} text=${problem} />`}
            <${Acts} release=${found} me=${me} may=${may} busy=${busy} onAct=${act} onBack=${() => setBack(true)} />
          </div>
        </${Section}>
        ${found.kind === "change" && html`<${Report} release=${found} unit=${unit} names=${names} />`}
        <${Section} title="What it changes">
          ${found.changes.length ? html`<${Changes} changes=${found.changes} />` : html`<p class="quiet">Nothing.</p>`}
        </${Section}>
        ${back &&
        html`<${Confirm} title=${`Go back to release ${found.number}?`} act="Go back" onAct=${goBack} onClose=${() => setBack(false)}>
          What it served is served again, to the letter and at once. Articles that were deleted for good stay deleted; drafts stay drafts.
        </${Confirm}>`}
      `}
    </${Loaded}>
  `;
}
