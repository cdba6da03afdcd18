// One's own API tokens: made, shown once, revoked.
import { useState } from "/web/vendor/hooks.js";
import { Dialog, DialogHead } from "/web/desk/dialogs.js";
import { fullTime } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { Icon } from "/web/desk/icons.js";
import { api } from "./api.js";
import { Confirm, Copyable, Empty, Loaded, Problem, Section, Table, Tag, useLoad } from "./kit.js";
import { PERMISSIONS } from "./words.js";

function Permissions({ me, chosen, onChange }) {
  function toggle(name, on) {
    const next = new Set(chosen);
    if (on) next.add(name);
    else next.delete(name);
    onChange(next);
  }
  return html`<fieldset class="checks">
    <legend>The token may</legend>
    ${me.permissions.map(
      (name) => html`<label key=${name} class="check">
        <input type="checkbox" checked=${chosen.has(name)} onChange=${(event) => toggle(name, event.target.checked)} />
        <span>${PERMISSIONS[name] ?? name}</span>
      </label>`,
    )}
  </fieldset>`;
}

function Create({ me, onMade, onClose }) {
  const [name, setName] = useState("");
  const [days, setDays] = useState(90);
  const [chosen, setChosen] = useState(new Set());
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  async function submit(event) {
    event.preventDefault();
    if (!chosen.size) {
      setProblem("Tick at least one thing that the token may do.");
      return;
    }
    setBusy(true);
    setProblem(null);
    try {
      const { token } = await api.createToken({ name: name.trim(), permissions: [...chosen], days });
      onMade(name.trim(), token);
    } catch (error) {
      setProblem(error.message);
      setBusy(false);
    }
  }
  return html`<${Dialog} label="Make a token" onClose=${onClose}>
    <${DialogHead} title="Make a token" onClose=${onClose} />
    <form class="dialog-scroll form" onSubmit=${submit}>
      <div class="form-pair">
        <label>Name <input value=${name} required maxlength="80" autocomplete="off" placeholder="Nightly report" onInput=${(event) => setName(event.target.value)} /></label>
        <label>
          Ends after
          <select value=${days} onChange=${(event) => setDays(Number(event.target.value))}>
            ${[7, 30, 90, 365].map((count) => html`<option key=${count} value=${count}>${count} days</option>`)}
          </select>
        </label>
      </div>
      <${Permissions} me=${me} chosen=${chosen} onChange=${setChosen} />
      ${problem && html`<${Problem} text=${problem} />`}
      <div class="form-end">
        <button type="button" onClick=${onClose}>Cancel</button>
        <button type="submit" class="primary" disabled=${busy}>${busy ? "Making it…" : "Make the token"}</button>
      </div>
    </form>
  </${Dialog}>`;
}

function Shown({ name, token, onClose }) {
  return html`<${Dialog} label="The new token" onClose=${onClose}>
    <${DialogHead} title=${name} onClose=${onClose} />
    <div class="dialog-scroll form">
      <p>Copy the token now: it is kept only as a hash and can never be shown again.</p>
      <${Copyable} text=${token} what="the token" />
      <p class="quiet">Send it as <code>Authorization: Bearer …</code></p>
      <div class="form-end"><button type="button" class="primary" onClick=${onClose}>I have it</button></div>
    </div>
  </${Dialog}>`;
}

function stateOf(token) {
  if (token.revoked) return { text: "Revoked", tone: "quiet" };
  if (Date.parse(token.expires_at) <= Date.now()) return { text: "Ended", tone: "quiet" };
  return { text: "Valid", tone: "good" };
}

function List({ tokens, onRevoke }) {
  return html`<${Table} label="API tokens" columns=${["Name", "May", "Made", "Ends", "State", ""]}
    rows=${tokens.map((token) => {
      const { text, tone } = stateOf(token);
      return {
        key: token.id,
        cells: [
          html`<bdi>${token.name}</bdi>`,
          token.permissions.map((name) => PERMISSIONS[name] ?? name).join(", "),
          fullTime(token.created_at),
          fullTime(token.expires_at),
          html`<${Tag} tone=${tone}>${text}</${Tag}>`,
          tone === "good" &&
            html`<button type="button" class="small" aria-label=${`Revoke ${token.name}`} onClick=${() => onRevoke(token)}>Revoke</button>`,
        ],
      };
    })} />`;
}

export function Tokens({ me, toast }) {
  const state = useLoad(api.tokens);
  const [dialog, setDialog] = useState(null);
  const close = () => setDialog(null);
  const make = html`<button type="button" onClick=${() => setDialog({ kind: "create" })}><${Icon} name="lock" />Make a token</button>`;
  async function revoke() {
    await api.revokeToken(dialog.token.id);
    toast(`${dialog.token.name} is revoked.`);
    state.reload();
  }
  return html`<${Section} title="Your API tokens" about="For programs that act in your name, with no more than you tick." actions=${make}>
    <${Loaded} of=${state} what="your tokens">
      ${(tokens) =>
        tokens.length
          ? html`<${List} tokens=${[...tokens].reverse()} onRevoke=${(token) => setDialog({ kind: "revoke", token })} />`
          : html`<${Empty} icon="lock" title="You have no tokens">A program needs one to use the API.</${Empty}>`}
    </${Loaded}>
    ${dialog?.kind === "create" &&
    html`<${Create} me=${me} onClose=${close} onMade=${(name, token) => (setDialog({ kind: "shown", name, token }), state.reload())} />`}
    ${dialog?.kind === "shown" && html`<${Shown} name=${dialog.name} token=${dialog.token} onClose=${close} />`}
    ${dialog?.kind === "revoke" &&
    html`<${Confirm} title=${`Revoke ${dialog.token.name}?`} act="Revoke the token" onAct=${revoke} onClose=${close}>
      Programs that use it are refused from the next request on.
    </${Confirm}>`}
  </${Section}>`;
}
