// The accounts through which customers write, and deliveries that nobody could read.
import { useState } from "/web/vendor/hooks.js";
import { ago, bytes, fullTime, humanize, plural } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { Icon, channelIcon } from "/web/desk/icons.js";
import { channelName, errorText } from "/web/desk/words.js";
import { api } from "./api.js";
import { Connect, Connected, webhookOf } from "./connect.js";
import { Copyable, Empty, Loaded, Section, Table, Tag, nameOfUnit, useLoad } from "./kit.js";
import { ACCOUNTS, KEPT } from "./words.js";

function Where({ account }) {
  if (account.channel === "web") {
    return html`<dt>On your site</dt>
      <dd><${Copyable} what=${`the tag for ${account.name}`} text=${`<support-chat account="${account.name}"></support-chat>`} /></dd>`;
  }
  if (account.settings.mode === "polling") {
    return html`<dt>Webhook</dt><dd>None: this server asks for new messages by itself.</dd>`;
  }
  const path = webhookOf(account);
  return html`<dt>Webhook</dt>
    <dd><${Copyable} what=${`the webhook address of ${account.name}`} text=${path} copy=${location.origin + path} /></dd>`;
}

function Account({ account, me }) {
  const status = ACCOUNTS[account.status] ?? { text: account.status, tone: "quiet" };
  return html`<li class="card">
    <div class="card-head">
      <span class="card-icon"><${Icon} name=${channelIcon(account.channel)} /></span>
      <h3>
        <bdi>${account.title || account.name}</bdi>
        <small>${[channelName(account.channel), nameOfUnit(me, account.unit_id), account.title === account.name ? "" : account.name].filter(Boolean).join(" · ")}</small>
      </h3>
      <${Tag} tone=${status.tone}>${status.text}</${Tag}>
    </div>
    ${status.hint && html`<p class="quiet">${status.hint}</p>`}
    <dl class="pairs">
      <dt>Last message in</dt>
      <dd>${account.last_inbound_at
        ? html`<time datetime=${account.last_inbound_at} title=${fullTime(account.last_inbound_at)}>${fullTime(account.last_inbound_at)}</time>`
        : "None yet"}</dd>
      ${account.last_error && html`<dt>Last error</dt><dd class="bad">${errorText(account.last_error)}</dd>`}
      ${account.external_id && account.external_id !== account.name && html`<dt>Id there</dt><dd>${account.external_id}</dd>`}
      <${Where} account=${account} />
    </dl>
  </li>`;
}

function Accounts({ me, may, toast }) {
  const state = useLoad(api.channels);
  const [connecting, setConnecting] = useState(false);
  const [connected, setConnected] = useState(null);
  const connect = html`<button type="button" onClick=${() => setConnecting(true)}><${Icon} name="send" />Connect an account</button>`;
  function made(account, verifyToken) {
    setConnecting(false);
    setConnected({ account, verifyToken });
    toast(`${account.name} is connected.`);
    state.reload();
  }
  return html`<${Section} title="Accounts" about="Where customers write to you. Their secrets are sealed and never shown."
    actions=${may("channel:write") ? connect : null}>
    <${Loaded} of=${state} what="the accounts">
      ${(items) =>
        items.length
          ? html`<ul class="cards cards-wide">
              ${items.map((account) => html`<${Account} key=${account.id} account=${account} me=${me} />`)}
            </ul>`
          : html`<${Empty} icon="web" title="No account is connected">Customers cannot write yet.</${Empty}>`}
    </${Loaded}>
    ${connecting && html`<${Connect} me=${me} onMade=${made} onClose=${() => setConnecting(false)} />`}
    ${connected && html`<${Connected} ...${connected} onClose=${() => setConnected(null)} />`}
  </${Section}>`;
}

function Kept() {
  const state = useLoad(api.kept);
  return html`<${Section} title="Kept deliveries" about="Signed by the platform, but not readable here. Nothing of them was lost.">
    <${Loaded} of=${state} what="the kept deliveries">
      ${(items) =>
        items.length
          ? html`<${Table} label="Kept deliveries" columns=${["Account", "Received", "Why", "Size"]}
              rows=${items.map((item) => ({
                key: item.id,
                cells: [
                  html`<bdi>${item.account}</bdi>`,
                  html`<time datetime=${item.received_at} title=${fullTime(item.received_at)}>${ago(item.received_at)}</time>`,
                  [
                    KEPT[item.state] ?? humanize(item.state),
                    item.unparsed_events ? ` (${plural(item.unparsed_events, "event")})` : "",
                    item.reason ? `: ${humanize(item.reason).toLowerCase()}` : "",
                  ].join(""),
                  bytes(item.size),
                ],
              }))} />`
          : html`<${Empty} icon="check" title="Nothing is kept">Every delivery could be read.</${Empty}>`}
    </${Loaded}>
  </${Section}>`;
}

export function Channels({ me, may, toast }) {
  return html`
    ${may("channel:read") && html`<${Accounts} me=${me} may=${may} toast=${toast} />`}
    ${may("inbox:read") && html`<${Kept} />`}
  `;
}
