// Connect an account on a channel: what each platform gives out, and what it wants to know.
import { useState } from "/web/vendor/hooks.js";
import { Dialog, DialogHead } from "/web/desk/dialogs.js";
import { html } from "/web/desk/html.js";
import { channelName } from "/web/desk/words.js";
import { api } from "./api.js";
import { Copyable, Problem, UnitField } from "./kit.js";

export const webhookOf = (account) => `/webhooks/${account.channel}/${account.endpoint_key}`;

function madeUp() {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const CHANNELS = ["telegram", "whatsapp", "web"];

// What a person has to bring, by channel.
const SECRETS = {
  telegram: [{ name: "token", label: "Bot token", hint: "What BotFather gives out, as in 123456:ABC…" }],
  whatsapp: [
    { name: "access_token", label: "Access token", hint: "Of a system user of your Meta business" },
    { name: "app_secret", label: "App secret", hint: "With it, Meta signs each delivery" },
  ],
  web: [],
};

function bodyOf({ channel, unit, name, title, secrets, phone, polling, origins, made }) {
  const body = { channel, unit_id: unit, name, title: title.trim(), secrets: {}, settings: {} };
  for (const { name: secret } of SECRETS[channel]) body.secrets[secret] = secrets[secret] ?? "";
  if (channel === "telegram" && polling) body.settings.mode = "polling";
  if (channel === "telegram" && !polling) body.secrets.secret_token = made;
  if (channel === "whatsapp") {
    body.external_id = phone.trim();
    body.secrets.verify_token = made;
  }
  if (channel === "web" && origins.trim()) body.settings.allowed_origins = origins.trim().split(/\s+/);
  return body;
}

function Secrets({ channel, values, onChange }) {
  return SECRETS[channel].map(
    ({ name, label, hint }) => html`<label key=${name}>
      ${label}
      <input type="password" autocomplete="off" required value=${values[name] ?? ""} aria-describedby=${`hint-${name}`}
        onInput=${(event) => onChange({ ...values, [name]: event.target.value })} />
      <span class="quiet" id=${`hint-${name}`}>${hint}</span>
    </label>`,
  );
}

function Special({ fields, set }) {
  if (fields.channel === "telegram") {
    return html`<label class="check">
      <input type="checkbox" checked=${fields.polling} onChange=${(event) => set({ polling: event.target.checked })} />
      <span>Telegram cannot reach this server: ask Telegram for new messages instead</span>
    </label>`;
  }
  if (fields.channel === "whatsapp") {
    return html`<label>
      Phone number id
      <input required value=${fields.phone} inputmode="numeric" autocomplete="off" pattern="[A-Za-z0-9_\\-]{1,80}"
        aria-describedby="hint-phone" onInput=${(event) => set({ phone: event.target.value })} />
      <span class="quiet" id="hint-phone">The id that Meta shows for the number, not the number itself</span>
    </label>`;
  }
  return html`<label>
    <span>Sites that may show the chat <span class="quiet">(optional)</span></span>
    <textarea rows="2" value=${fields.origins} autocomplete="off" spellcheck="false" aria-describedby="hint-origins"
      onInput=${(event) => set({ origins: event.target.value })}></textarea>
    <span class="quiet" id="hint-origins">One origin a line, with https:// and without a path</span>
  </label>`;
}

export function Connect({ me, onMade, onClose }) {
  const [fields, setFields] = useState({
    channel: "telegram", unit: me.units[0]?.id, name: "", title: "", secrets: {},
    phone: "", polling: false, origins: "", made: madeUp(),
  });
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const set = (patch) => setFields({ ...fields, ...patch });

  async function submit(event) {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      const account = await api.connect(bodyOf(fields));
      onMade(account, fields.channel === "whatsapp" ? fields.made : null);
    } catch (error) {
      setProblem(error.message);
      setBusy(false);
    }
  }

  return html`<${Dialog} label="Connect an account" onClose=${onClose}>
    <${DialogHead} title="Connect an account" onClose=${onClose} />
    <form class="dialog-scroll form" onSubmit=${submit}>
      <fieldset class="segments">
        <legend>Channel</legend>
        ${CHANNELS.map(
          (code) => html`<label key=${code}>
            <input type="radio" name="channel" value=${code} checked=${fields.channel === code}
              onChange=${() => set({ channel: code, secrets: {} })} />
            <span>${channelName(code)}</span>
          </label>`,
        )}
      </fieldset>
      <${UnitField} me=${me} label="For the unit" value=${fields.unit} onChange=${(unit) => set({ unit })} />
      <label>
        Name inside the house
        <input required value=${fields.name} pattern="[a-z0-9][a-z0-9\\-]{1,59}" autocomplete="off" autocapitalize="off"
          spellcheck="false" placeholder=${`${fields.channel}-support`} aria-describedby="hint-name"
          onInput=${(event) => set({ name: event.target.value })} />
        <span class="quiet" id="hint-name">Lower-case letters, digits and hyphens</span>
      </label>
      <label>
        <span>Title <span class="quiet">(optional)</span></span>
        <input value=${fields.title} maxlength="120" autocomplete="off" onInput=${(event) => set({ title: event.target.value })} />
      </label>
      <${Secrets} channel=${fields.channel} values=${fields.secrets} onChange=${(secrets) => set({ secrets })} />
      <${Special} fields=${fields} set=${set} />
      ${problem && html`<${Problem} text=${problem} />`}
      <div class="form-end">
        <button type="button" onClick=${onClose}>Cancel</button>
        <button type="submit" class="primary" disabled=${busy}>${busy ? "Connecting…" : "Connect"}</button>
      </div>
    </form>
  </${Dialog}>`;
}

// What is left to do on the other side.
export function Connected({ account, verifyToken, onClose }) {
  const path = webhookOf(account);
  return html`<${Dialog} label="The account is connected" onClose=${onClose}>
    <${DialogHead} title=${`${account.title || account.name} is connected`} onClose=${onClose} />
    <div class="dialog-scroll form">
      ${account.channel === "telegram" &&
      html`<p>${account.settings.mode === "polling"
        ? "This server asks Telegram for new messages from now on."
        : "Telegram is told by itself where to deliver. There is nothing left to do."}</p>`}
      ${account.channel === "whatsapp" &&
      html`<p>Tell Meta, in the settings of your app, where to deliver and which token proves it is you:</p>
        <dl class="pairs">
          <dt>Callback address</dt>
          <dd><${Copyable} what="the callback address" text=${location.origin + path} /></dd>
          <dt>Verify token</dt>
          <dd><${Copyable} what="the verify token" text=${verifyToken} /></dd>
        </dl>
        <p class="quiet">The verify token is shown only now.</p>`}
      ${account.channel === "web" &&
      html`<p>Put these two lines into the pages that shall show the chat:</p>
        <${Copyable} what="the two lines"
          text=${`<script type="module" src="${location.origin}/web/widget/chat.js"></script>\n<support-chat account="${account.name}"></support-chat>`} />`}
      <div class="form-end"><button type="button" class="primary" onClick=${onClose}>Done</button></div>
    </div>
  </${Dialog}>`;
}
