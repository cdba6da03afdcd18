// The wide pane: the conversation, why it is here, and what can be done about it.
import { useLayoutEffect, useRef, useState } from "/web/vendor/hooks.js";
import { dayKey, dayName, languageName } from "./format.js";
import { html } from "./html.js";
import { Icon, channelIcon } from "./icons.js";
import { Owner } from "./list.js";
import { EventLine, Message, Outgoing } from "./message.js";
import { channelName, reasonSentence } from "./words.js";

const NEAR_BOTTOM = 80;
const JOIN_WITHIN = 3 * 60 * 1000;

function joins(previous, message) {
  return (
    previous !== null &&
    previous.content_type !== "event" &&
    previous.author === message.author &&
    previous.author_name === message.author_name &&
    (previous.content_type === "note") === (message.content_type === "note") &&
    Date.parse(message.at) - Date.parse(previous.at) < JOIN_WITHIN
  );
}

function lines(messages, nameOf, act) {
  let previous = null;
  let day = "";
  const shown = [];
  for (const message of messages) {
    const key = dayKey(message.at);
    if (key !== day) {
      shown.push(html`<p class="day" key=${`day-${key}`}><span>${dayName(message.at)}</span></p>`);
      previous = null;
      day = key;
    }
    shown.push(
      message.content_type === "event" && message.event
        ? html`<${EventLine} key=${message.id} message=${message} nameOf=${nameOf} />`
        : html`<${Message} key=${message.id} message=${message} joined=${joins(previous, message)} onLack=${() => act.lack(message)} />`,
    );
    previous = message;
  }
  return shown;
}

function Banner({ line, me, can, act, busy }) {
  if (line.closed) {
    return html`<div class="banner banner-quiet" role="status">
      <${Icon} name="archive" />
      <p>This conversation is closed. A new message from the customer opens a new one.</p>
    </div>`;
  }
  if (line.assignee !== "team") return null;
  return html`<div class="banner" role="status">
    <${Icon} name=${line.reason === "emergency" ? "alert" : "team"} />
    <p>
      <strong>${reasonSentence(line.reason)}</strong>
      <span>Waiting for ${line.assignee_name || "the team"}. The assistant is silent.</span>
    </p>
    ${can.reply &&
    html`<button type="button" class="primary" disabled=${busy} onClick=${act.takeOver}>
      Take over <kbd aria-hidden="true">T</kbd>
    </button>`}
  </div>`;
}

function Actions({ line, can, act, busy }) {
  const open = !line.closed;
  return html`<div class="actions">
    ${open && can.reply && line.assignee === "assistant" &&
    html`<button type="button" disabled=${busy} onClick=${act.takeOver}>Take over</button>`}
    ${open && can.assign && line.assignee !== "assistant" &&
    html`<button type="button" disabled=${busy} onClick=${act.handBack}
      title="Let the assistant answer again (B)">Hand back</button>`}
    ${open && can.assign && can.users &&
    html`<button type="button" disabled=${busy} onClick=${act.openAssign}>Assign</button>`}
    ${open && can.close &&
    html`<button type="button" disabled=${busy} onClick=${act.close}
      title="Close the conversation (E)">Close</button>`}
    ${can.receipts &&
    html`<button type="button" class="icon-button" onClick=${act.openReceipts}
      title="What the model saw" aria-label="What the model saw"><${Icon} name="eye" /></button>`}
    <button type="button" class="icon-button only-narrow" onClick=${act.toggleCustomer}
      title="Customer" aria-label="Show the customer"><${Icon} name="info" /></button>
  </div>`;
}

function useStickToBottom(threadId, messages, outgoing) {
  const box = useRef(null);
  const atBottom = useRef(true);
  const before = useRef({ id: null, count: 0 });
  const [unseen, setUnseen] = useState(false);
  const count = messages.length + outgoing.length;

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    if (before.current.id !== threadId || atBottom.current) {
      element.scrollTop = element.scrollHeight;
      atBottom.current = true;
      setUnseen(false);
    } else if (count > before.current.count) {
      setUnseen(true);
    }
    before.current = { id: threadId, count };
  }, [threadId, count, messages]);

  function onScroll() {
    const element = box.current;
    atBottom.current =
      element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_BOTTOM;
    if (atBottom.current) setUnseen(false);
  }

  function jump() {
    const element = box.current;
    element.scrollTo({ top: element.scrollHeight });
    atBottom.current = true;
    setUnseen(false);
  }

  return { box, onScroll, unseen, jump };
}

export function Thread({ thread, me, can, act, busy, outgoing, nameOf, children }) {
  const { line, messages } = thread;
  const { box, onScroll, unseen, jump } = useStickToBottom(line.id, messages, outgoing);
  const known = new Set(messages.map(({ id }) => id));
  const pending = outgoing.filter((item) => !known.has(item.id));
  const about = [channelName(line.channel), line.account, languageName(line.language)];
  return html`
    <header class="thread-head">
      <button type="button" class="icon-button back" onClick=${act.leave} aria-label="Back to the list">
        <${Icon} name="back" />
      </button>
      <div class="thread-title">
        <h1><bdi>${line.contact_name}</bdi> <${Owner} line=${line} me=${me} /></h1>
        <p><${Icon} name=${channelIcon(line.channel)} />${about.filter(Boolean).join(" · ")}</p>
      </div>
      <${Actions} line=${line} can=${can} act=${act} busy=${busy} />
    </header>
    <${Banner} line=${line} me=${me} can=${can} act=${act} busy=${busy} />
    <div class="log-frame">
    <div class="log" role="log" aria-label="Messages" tabindex="0" ref=${box} onScroll=${onScroll}>
      ${messages.length === 0 && html`<p class="day"><span>Nothing has been said yet</span></p>`}
      ${lines(messages, nameOf, act)}
      ${pending.map(
        (item) => html`<${Outgoing}
          key=${`out-${item.key}`} item=${item}
          onRetry=${() => act.retry(item)} onEdit=${() => act.edit(item)}
        />`,
      )}
    </div>
    ${unseen &&
    html`<button type="button" class="jump" onClick=${jump}>
      <${Icon} name="down" />New messages
    </button>`}
    </div>
    ${children}
  `;
}
