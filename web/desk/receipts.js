// What the model saw: every request that left the house, as it left.
import { useEffect, useState } from "/web/vendor/hooks.js";
import { api } from "./api.js";
import { Dialog, DialogHead } from "./dialogs.js";
import { fullTime, humanize, plural } from "./format.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";

const PLACEHOLDER = /(\[[A-Z][A-Z_]*_\d+\])/;

// Masked values stand out; everything stays text.
export function Masked({ text }) {
  return String(text)
    .split(PLACEHOLDER)
    .map((part, place) => (place % 2 ? html`<mark key=${place}>${part}</mark>` : part));
}

function parsed(body) {
  try {
    return typeof body === "string" ? JSON.parse(body) : body;
  } catch {
    return null;
  }
}

function contentOf(message) {
  const { content } = message;
  if (typeof content === "string") return content;
  if (Array.isArray(content)) return content.map((part) => part.text ?? JSON.stringify(part)).join("\n");
  return message.tool_calls ? JSON.stringify(message.tool_calls, null, 2) : "";
}

const SPEAKERS = {
  system: "Instructions",
  developer: "Instructions",
  user: "Customer",
  assistant: "Assistant",
  tool: "Result of a look-up",
};

export function Body({ receipt }) {
  const [raw, setRaw] = useState(false);
  const data = parsed(receipt.body);
  const messages = Array.isArray(data?.messages) ? data.messages : null;
  return html`
    ${messages &&
    !raw &&
    html`<ol class="sent">
      ${messages.map(
        (message, place) => html`<li key=${place} class=${`sent-${message.role}`}>
          <strong>${SPEAKERS[message.role] ?? message.role}</strong>
          <p dir="auto"><${Masked} text=${contentOf(message)} /></p>
        </li>`,
      )}
    </ol>`}
    ${(raw || !messages) &&
    html`<pre tabindex="0"><${Masked} text=${data ? JSON.stringify(data, null, 2) : receipt.body} /></pre>`}
    ${messages &&
    html`<button type="button" class="link" onClick=${() => setRaw(!raw)}>
      ${raw ? "Show as a conversation" : "Show the bytes that were sent"}
    </button>`}
  `;
}

function Receipt({ receipt, open, onToggle }) {
  const masked = Object.entries(receipt.counts ?? {});
  const total = masked.reduce((sum, [, count]) => sum + count, 0);
  const id = `receipt-${receipt.id}`;
  return html`<li class="receipt">
    <button type="button" class="receipt-head" aria-expanded=${open} aria-controls=${id}
      onClick=${onToggle}>
      <span><strong>${receipt.model}</strong> at ${receipt.url_host}</span>
      <span class="quiet">${fullTime(receipt.at)}</span>
      <span class="quiet">
        ${[
          receipt.status,
          receipt.ms === null ? null : `${receipt.ms} ms`,
          receipt.prompt_tokens === null ? null : `${receipt.prompt_tokens} tokens sent`,
          receipt.completion_tokens === null ? null : `${receipt.completion_tokens} received`,
        ].filter(Boolean).join(" · ")}
      </span>
      <span class="badge badge-ai"><${Icon} name="lock" />${plural(total, "value")} masked</span>
    </button>
    ${open &&
    html`<div id=${id} class="receipt-body">
      ${masked.length > 0 &&
      html`<p class="quiet">
        Masked: ${masked.map(([kind, count]) => `${count} × ${humanize(kind.toLowerCase())}`).join(", ")}.
        Rules: ${receipt.policy_version}.
      </p>`}
      <${Body} receipt=${receipt} />
      <p class="hash">SHA-256 of the request <code>${receipt.body_sha256}</code></p>
    </div>`}
  </li>`;
}

export function Receipts({ id, onClose }) {
  const [state, setState] = useState({ items: null, problem: null });
  const [open, setOpen] = useState(-1);
  useEffect(() => {
    api.receipts(id).then(
      ({ items }) => {
        setState({ items, problem: null });
        setOpen(items.length - 1);
      },
      (problem) => setState({ items: null, problem: problem.message }),
    );
  }, [id]);
  const { items, problem } = state;
  return html`<${Dialog} label="What the model saw" onClose=${onClose} wide>
    <${DialogHead} title="What the model saw" onClose=${onClose} />
    <div class="dialog-scroll">
      <p class="quiet">
        Every request to a language model in this conversation, exactly as it left. Personal details
        were replaced before; a <mark>[NAME_1]</mark> is such a replacement.
      </p>
      ${problem && html`<p class="problem" role="alert">${problem}</p>`}
      ${!items && !problem && html`<p class="quiet" role="status">Reading…</p>`}
      ${items?.length === 0 &&
      html`<div class="empty">
        <${Icon} name="eye" />
        <p><strong>No model was asked in this conversation.</strong></p>
        <p>Its answers were quoted from the knowledge base, and nothing left this server.</p>
      </div>`}
      <ol class="receipts">
        ${items?.map(
          (receipt, place) => html`<${Receipt}
            key=${receipt.id} receipt=${receipt} open=${open === place}
            onToggle=${() => setOpen(open === place ? -1 : place)}
          />`,
        )}
      </ol>
    </div>
  </${Dialog}>`;
}
