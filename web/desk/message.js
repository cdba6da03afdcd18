// One line of a thread: who said it, on what it rests, and what became of it.
import { useState } from "/web/vendor/hooks.js";
import { Verdict } from "./checks.js";
import { bytes, fullTime, headingOf, humanize, timeOf } from "./format.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { OUTCOMES, STATUSES, contentName, errorText, reasonSentence } from "./words.js";

const WEB_ADDRESS = /^https?:\/\//i;

function Source({ source, open, onToggle, id }) {
  return html`<li>
    <button
      type="button" class="source" aria-expanded=${open} aria-controls=${id} onClick=${onToggle}
    >
      <${Icon} name="book" />
      <bdi>${[source.title, headingOf(source)].filter(Boolean).join(" · ")}</bdi>
    </button>
  </li>`;
}

function Quoted({ source, id }) {
  return html`<figure class="quoted" id=${id}>
    <blockquote dir="auto">${source.quote || "The quoted text is not kept with this answer."}</blockquote>
    <figcaption>
      ${WEB_ADDRESS.test(source.url ?? "")
        ? html`<a href=${source.url} target="_blank" rel="noopener noreferrer">${source.title}</a>`
        : html`<bdi>${source.title}</bdi>`}
      ${headingOf(source) ? html` · <bdi>${headingOf(source)}</bdi>` : ""}
      <span class="quoted-where">
        ${source.source}${source.version ? ` · version ${String(source.version).slice(0, 12)}` : ""}${source.release ? ` · release ${source.release}` : ""}
        ${Number.isInteger(source.start) ? ` · characters ${source.start}–${source.end}` : ""}
      </span>
    </figcaption>
  </figure>`;
}

function Sources({ message }) {
  const [open, setOpen] = useState(-1);
  const id = `quote-${message.id}`;
  return html`<div class="sources">
    <ul aria-label="Sources of this answer">
      ${message.sources.map(
        (source, place) => html`<${Source}
          key=${place} source=${source} id=${id} open=${open === place}
          onToggle=${() => setOpen(open === place ? -1 : place)}
        />`,
      )}
    </ul>
    ${open >= 0 &&
    message.sources[open] &&
    html`<${Quoted} source=${message.sources[open]} id=${id} />`}
  </div>`;
}

function Delivery({ message }) {
  const status = STATUSES[message.status];
  if (!status) return null;
  const detail = message.error ? `: ${errorText(message.error)}` : "";
  return html`<span class=${`delivery delivery-${status.tone}`}>
    <${Icon} name=${status.icon} />${status.text}${detail}
  </span>`;
}

function Attachment({ item }) {
  const about = [contentName(item.kind ?? "file"), item.mime, bytes(item.size)];
  return html`<li class="attachment">
    <${Icon} name="paper" />
    <bdi>${item.name || contentName(item.kind ?? "file")}</bdi>
    <small>${about.filter(Boolean).join(" · ")}</small>
  </li>`;
}

function Body({ message }) {
  if (message.deleted) {
    return html`<p class="gone">The customer took this message back.</p>`;
  }
  const special = !["text", "note"].includes(message.content_type);
  return html`
    ${special &&
    html`<p class="kind"><${Icon} name="paper" />${contentName(message.content_type)}</p>`}
    ${message.text && html`<p class="text" dir="auto">${message.text}</p>`}
    ${message.attachments?.length > 0 &&
    html`<ul class="attachments" aria-label="Attachments">
      ${message.attachments.map((item, place) => html`<${Attachment} key=${place} item=${item} />`)}
    </ul>`}
  `;
}

const BADGES = {
  assistant: { icon: "spark", text: "AI" },
  user: { icon: "person", text: null },
  system: { icon: "info", text: "System" },
};

export function who(message) {
  const unnamed = { contact: "Customer", assistant: "Assistant", user: "Colleague", system: "System" };
  return message.author_name || unnamed[message.author];
}

export function Message({ message, joined, onLack }) {
  const note = message.content_type === "note";
  const kind = note ? "note" : message.author;
  const badge = note ? { icon: "note", text: "Internal note" } : BADGES[message.author];
  const label = `${who(message)}${note ? ", internal note" : ""}, ${timeOf(message.at)}`;
  const classes = ["msg", `msg-${kind}`, joined ? "msg-joined" : "", `is-${message.status}`];
  return html`<article class=${classes.join(" ")} aria-label=${label}>
    ${!joined &&
    html`<header>
      <bdi class="msg-who">${who(message)}</bdi>
      ${badge && html`<span class="msg-badge"><${Icon} name=${badge.icon} />${badge.text ?? ""}</span>`}
    </header>`}
    <${Body} message=${message} />
    ${message.sources?.length > 0 && html`<${Sources} message=${message} />`}
    ${message.verdict && Object.keys(message.verdict).length > 0 && html`<${Verdict} message=${message} />`}
    <footer>
      <time datetime=${message.at} title=${fullTime(message.at)}>${timeOf(message.at)}</time>
      ${message.edited && html`<span>edited</span>`}
      ${message.author === "contact" && OUTCOMES[message.outcome] &&
      html`<span>${OUTCOMES[message.outcome]}</span>`}
      ${message.author === "contact" && message.text && !message.deleted &&
      html`<button type="button" class="link lacks" onClick=${onLack}>Missing in the knowledge</button>`}
      <${Delivery} message=${message} />
    </footer>
  </article>`;
}

function eventText(message, nameOf) {
  const { kind, reason, to } = message.event;
  const actor = message.author_name;
  switch (kind) {
    case "handed_over":
      return `${actor || "The assistant"} handed over to the team. ${reasonSentence(reason)}`;
    case "assigned": {
      if (to === "team") return `${actor || "A colleague"} put this back into the team's queue.`;
      const target = nameOf(to);
      if (!target || target === actor) return `${actor || "A colleague"} took over.`;
      return `${actor || "A colleague"} assigned this to ${target}.`;
    }
    case "handed_back":
      return `${actor || "A colleague"} handed back to the assistant.`;
    case "flagged":
      return "The assistant is more careful here: a message looks like an attempt to steer it.";
    case "closed":
      return `${actor || "A colleague"} closed the conversation.`;
    default:
      return humanize(kind ?? "event");
  }
}

export function EventLine({ message, nameOf }) {
  return html`<p class=${`event event-${message.event.kind}`}>
    <bdi>${eventText(message, nameOf)}</bdi>${" "}
    <time datetime=${message.at} title=${fullTime(message.at)}>${timeOf(message.at)}</time>
  </p>`;
}

// A text on its way: shown as unsent until the server has it.
export function Outgoing({ item, onRetry, onEdit }) {
  return html`<article
    class=${`msg msg-${item.mode === "note" ? "note" : "user"} msg-pending is-${item.state}`}
    aria-label=${item.state === "failed" ? "Not sent" : "Being sent"}
  >
    <p class="text" dir="auto">${item.text}</p>
    ${item.state === "failed"
      ? html`<footer role="alert">
          <span class="delivery delivery-bad"><${Icon} name="alert" />Not sent. ${item.problem}</span>
          <button type="button" class="link" onClick=${onRetry}>Try again</button>
          <button type="button" class="link" onClick=${onEdit}>Edit</button>
        </footer>`
      : html`<footer>
          <span class="delivery delivery-quiet"><${Icon} name="clock" />Sending…</span>
        </footer>`}
  </article>`;
}
