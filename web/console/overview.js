// How the house stands, at a glance.
import { useState } from "/web/vendor/hooks.js";
import { ago, fullTime, plural } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { Icon } from "/web/desk/icons.js";
import { api } from "./api.js";
import { Loaded, Problem, Section, Tag, useLoad } from "./kit.js";
import { sentence } from "./names.js";
import { ACCOUNTS, CHECKS } from "./words.js";

function Readiness() {
  const state = useLoad(api.readiness);
  return html`<${Section} title="Is everything running?"
    actions=${html`<button type="button" onClick=${state.reload} disabled=${state.busy}>Look again</button>`}>
    <${Loaded} of=${state} what="the state of the server">
      ${(checks) => html`<ul class="cards">
        ${Object.entries(checks).map(([code, said]) => {
          const fine = said === "ok";
          return html`<li key=${code} class="card">
            <div class="card-head">
              <h3>${CHECKS[code]?.name ?? code}</h3>
              <${Tag} tone=${fine ? "good" : "bad"} icon=${fine ? "check" : "alert"}>
                ${fine ? "In order" : "Needs a look"}
              </${Tag}>
            </div>
            <p class="quiet">${fine ? (CHECKS[code]?.ok ?? "") : `Found: ${said}.`}</p>
          </li>`;
        })}
      </ul>`}
    </${Loaded}>
  </${Section}>`;
}

function Figure({ name, value, about, href, tone }) {
  return html`<li class="card figure">
    <h3>${name}</h3>
    <p class=${`figure-value ${tone ?? ""}`}>${value}</p>
    <p class="quiet">${about}</p>
    ${href && html`<a href=${href}>${`Open ${name.toLowerCase()}`}</a>`}
  </li>`;
}

function waited(seconds) {
  if (seconds < 1) return "Nothing waits.";
  return seconds < 120 ? `The oldest waits ${Math.round(seconds)} s.` : `The oldest waits ${Math.round(seconds / 60)} min.`;
}

function Jobs({ jobs }) {
  return html`
    <${Figure} name="Open jobs" value=${jobs.open} about=${waited(jobs.oldest_due_seconds)} />
    <${Figure} name="Failed jobs" value=${jobs.failed} tone=${jobs.failed ? "bad" : ""}
      about=${jobs.failed ? "Given up after many tries; the server's log says why." : "None was given up."} />
  `;
}

function Sources({ sources }) {
  const sum = (name) => sources.reduce((total, one) => total + one[name], 0);
  const bad = sources.filter((one) => one.state === "failed").length;
  return html`<${Figure} name="Knowledge" value=${sources.length} href="#/knowledge" tone=${bad ? "bad" : ""}
    about=${`${sources.length === 1 ? "source" : "sources"} with ${plural(sum("documents"), "document")}` +
    (bad ? `; ${bad} partly failed.` : ".")} />`;
}

function Accounts({ channels }) {
  const active = channels.filter((one) => one.status === "active").length;
  const bad = channels.filter((one) => ACCOUNTS[one.status]?.tone === "bad").length;
  return html`<${Figure} name="Channels" value=${channels.length} href="#/channels" tone=${bad ? "bad" : ""}
    about=${`${channels.length === 1 ? "account" : "accounts"}, ${active} active` +
    (bad ? `; ${bad} not working.` : ".")} />`;
}

function Figures({ may }) {
  const state = useLoad(async () => {
    const [jobs, sources, channels] = await Promise.all([
      may("job:read") ? api.jobs() : null,
      may("knowledge:read") ? api.sources() : null,
      may("channel:read") ? api.channels() : null,
    ]);
    return { jobs, sources, channels };
  });
  if (!["job:read", "knowledge:read", "channel:read"].some(may)) return null;
  return html`<${Section} title="In figures">
    <${Loaded} of=${state} what="the figures">
      ${({ jobs, sources, channels }) => html`<ul class="cards">
        ${jobs && html`<${Jobs} jobs=${jobs} />`}
        ${sources && html`<${Sources} sources=${sources} />`}
        ${channels && html`<${Accounts} channels=${channels} />`}
      </ul>`}
    </${Loaded}>
  </${Section}>`;
}

function Verdict({ verdict }) {
  if (verdict.ok) {
    return html`<div class="outcome outcome-good" role="status">
      <${Icon} name="checks" />
      <div>
        <strong>The ledger is intact.</strong>
        <p>${verdict.checkpoints
          ? `Every entry was recomputed and agrees with ${plural(verdict.checkpoints, "signed checkpoint")}: nothing was changed, taken out or put in.`
          : "Every entry was recomputed and fits the one before it. No checkpoint is signed yet: the first follows by itself."}</p>
      </div>
    </div>`;
  }
  return html`<div class="outcome outcome-bad" role="alert">
    <${Icon} name="alert" />
    <div>
      <strong>The ledger does not verify.</strong>
      <p>${`Found: ${verdict.finding}. Keep the database and the checkpoints as they are, and compare them with your copies.`}</p>
    </div>
  </div>`;
}

export function Verify({ className = "" }) {
  const [state, setState] = useState({ verdict: null, at: null, problem: null, busy: false });
  async function verify() {
    setState({ ...state, busy: true, problem: null });
    try {
      setState({ verdict: await api.verify(), at: new Date().toISOString(), problem: null, busy: false });
    } catch (error) {
      setState({ verdict: null, at: null, problem: error.message, busy: false });
    }
  }
  const { verdict, at, problem, busy } = state;
  return html`<div class=${`verify ${className}`}>
    <div class="verify-act">
      <button type="button" class="primary" disabled=${busy} onClick=${verify}>
        <${Icon} name="lock" />${busy ? "Recomputing…" : verdict ? "Verify again" : "Verify now"}
      </button>
      <span class="quiet">${at ? `Verified at ${fullTime(at)}.` : "Recomputes every entry and compares it with the signed checkpoints."}</span>
    </div>
    ${verdict && html`<${Verdict} verdict=${verdict} />`}
    ${problem && html`<${Problem} text=${problem} />`}
  </div>`;
}

function LatestRefusal({ names }) {
  const state = useLoad(() => api.entries({ action: "refused", limit: 1 }));
  return html`<${Loaded} of=${state} what="the latest refused act">
    ${([entry]) =>
      entry
        ? html`<p class="refusal">
            <${Icon} name="alert" />
            <span>
              <bdi>${names.named(entry.actor)}</bdi> ${sentence(entry, names.named)},
              <time datetime=${entry.at} title=${fullTime(entry.at)}> ${ago(entry.at) === "now" ? "just now" : fullTime(entry.at)}</time>.${" "}
              <a href="#/ledger?action=refused">All refused acts</a>
            </span>
          </p>`
        : html`<p class="quiet">Nobody was refused anything so far.</p>`}
  </${Loaded}>`;
}

export function Overview({ may, names }) {
  return html`
    <${Readiness} />
    <${Figures} may=${may} />
    ${may("ledger:read") &&
    html`<${Section} title="Ledger" about="Every act leaves an entry that nobody can change unnoticed.">
      <${Verify} />
      <${LatestRefusal} names=${names} />
    </${Section}>`}
  `;
}
