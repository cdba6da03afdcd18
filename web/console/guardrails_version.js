// One version: what it changes, what it passes, and who may let it go live.
import { useState } from "/web/vendor/hooks.js";
import { Dialog, DialogHead } from "/web/desk/dialogs.js";
import { fullTime } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { Icon } from "/web/desk/icons.js";
import { api } from "./api.js";
import { Outcomes } from "./guardrails_cases.js";
import { CHANGES, FIELDS, STATES } from "./guardrails_words.js";
import { Loaded, Problem, Tag, useLoad } from "./kit.js";

export const nameOfVersion = (number) => (number === 0 ? "The built-in version" : `Version ${number}`);

export function StateTag({ state }) {
  const said = STATES[state] ?? { text: state, tone: "quiet" };
  return html`<${Tag} tone=${said.tone}>${said.text}</${Tag}>`;
}

const TONES = { added: "good", removed: "bad", changed: "wait" };

// A value as it reads: an entry of a list field by field.
function Value({ value }) {
  if (value === null || value === undefined) return html`<span class="quiet">none</span>`;
  if (typeof value !== "object") return html`<code>${String(value)}</code>`;
  return html`<dl class="pairs">
    ${Object.entries(value).map(([name, part]) => [
      html`<dt>${name}</dt>`,
      html`<dd><code>${Array.isArray(part) ? part.join(" · ") : String(part)}</code></dd>`,
    ])}
  </dl>`;
}

export function Changes({ changes, against }) {
  if (!changes.length) return html`<p class="quiet">${`It says the same as ${nameOfVersion(against).toLowerCase()}.`}</p>`;
  return html`<ul class="changes" aria-label="Changes">
    ${changes.map(
      (one, place) => html`<li key=${place} class="change">
        <p>
          <${Tag} tone=${TONES[one.kind]}>${CHANGES[one.kind] ?? one.kind}</${Tag}>
          <strong>${FIELDS[one.field] ?? one.field}</strong>
          ${one.item && html`<bdi class="breakable">${one.item}</bdi>`}
        </p>
        ${one.kind !== "added" && html`<div class="change-before"><span class="quiet">Before</span><${Value} value=${one.before} /></div>`}
        ${one.kind !== "removed" && html`<div class="change-after"><span class="quiet">After</span><${Value} value=${one.after} /></div>`}
      </li>`,
    )}
  </ul>`;
}

function acts(version, me, may) {
  const own = version.author === `user/${me.id}`;
  if (!may("guardrails:release")) return { none: "Your role cannot release versions." };
  if (version.state === "draft") {
    return own
      ? { aside: true, none: "You wrote this version: somebody else has to release it." }
      : { release: true, aside: true };
  }
  if (version.state === "retired") {
    return own ? { none: "You wrote this version: somebody else has to go back to it." } : { back: true };
  }
  return {};
}

function Content({ found, names }) {
  const { version, changes, against } = found;
  const written =
    version.number === 0
      ? "It came with Frontdesk."
      : `Written by ${names.named(version.author)} on ${fullTime(version.created_at)}` +
        (version.released_by ? `; released by ${names.named(version.released_by)} on ${fullTime(version.released_at)}.` : ".");
  return html`
    <p class="version-line"><${StateTag} state=${version.state} /><span class="quiet">${written}</span></p>
    ${version.note && html`<p><bdi>${version.note}</bdi></p>`}
    ${version.state !== "released" &&
    html`<h3>${`Compared with ${against === 0 ? "the built-in version" : `version ${against}`}, which is live`}</h3>
      <${Changes} changes=${changes} against=${against} />`}
    <p class="quiet">SHA-256 <code>${version.sha256}</code></p>
  `;
}

export function Version({ unit, number, me, may, names, onActed, onEdit, onClose }) {
  const state = useLoad(() => api.policy(unit, number), [unit, number]);
  const [outcomes, setOutcomes] = useState(null);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);

  async function run() {
    try {
      setOutcomes(await api.runCases({ unit_id: unit, number }));
    } catch (error) {
      setProblem(error.message);
    }
  }

  async function act(call, text) {
    setBusy(true);
    setProblem(null);
    try {
      await call(unit, number, state.data.against);
      onActed(text);
    } catch (error) {
      setProblem(error.message);
      setBusy(false);
      // What the server names by its name is shown row by row; and somebody else may have acted.
      if (error.status === 409) await Promise.all([run(), state.reload()]);
    }
  }

  const title = nameOfVersion(number);
  const version = state.data?.version;
  const allowed = version ? acts(version, me, may) : {};
  return html`<${Dialog} label=${title} onClose=${onClose} wide>
    <${DialogHead} title=${title} onClose=${onClose} />
    <div class="dialog-scroll form" tabindex="0" role="group" aria-label="What it says">
      <${Loaded} of=${state} what="the version">
        ${(found) => html`<${Content} found=${found} names=${names} />`}
      </${Loaded}>
    </div>
    ${version &&
    html`<footer class="dialog-foot">
      ${problem && html`<${Problem} text=${problem} />`}
      ${outcomes && html`<${Outcomes} found=${outcomes} />`}
      ${allowed.none && html`<p class="note-line"><${Icon} name="info" />${allowed.none}</p>`}
      <div class="form-end acts">
        <a href=${`#/playground?unit=${unit}&version=${number}`}>Try it in the playground</a>
        ${may("guardrails:write") && html`<button type="button" onClick=${() => onEdit(state.data.content)}>Draft from it</button>`}
        <button type="button" onClick=${run}>Run the regression set</button>
        ${allowed.aside && html`<button type="button" disabled=${busy} onClick=${() => act(api.refuse, `Version ${number} is set aside.`)}>Set aside</button>`}
        ${allowed.release &&
        html`<button type="button" class="primary" disabled=${busy}
          onClick=${() => act(api.release, `Version ${number} is live: the next turn follows it.`)}>
          ${busy ? "One moment…" : "Release it"}
        </button>`}
        ${allowed.back &&
        html`<button type="button" class="primary" disabled=${busy} onClick=${() => act(api.rollback, `${title} is live again.`)}>
          ${busy ? "One moment…" : "Go back to it"}
        </button>`}
      </div>
    </footer>`}
  </${Dialog}>`;
}
