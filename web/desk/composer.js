// Where a colleague writes: to the customer, or to the team.
import { useLayoutEffect, useRef } from "/web/vendor/hooks.js";
import { fullTime } from "./format.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { channelName } from "./words.js";

const LONGEST = 5000;
// As in thread.css, in pixels.
const LINE = 22;
const PADDING = 14;
const MOST_LINES = 10;

function Window({ line, expires }) {
  if (!expires || line.closed) return null;
  const open = Date.parse(expires) > Date.now();
  return html`<p class=${`window ${open ? "" : "window-shut"}`}>
    <${Icon} name=${open ? "clock" : "alert"} />
    ${open
      ? `${channelName(line.channel)} takes replies until ${fullTime(expires)}.`
      : `${channelName(line.channel)} takes no reply now: the customer's last message is older than 24 hours.`}
  </p>`;
}

function Mode({ mode, can, onMode }) {
  return html`<div class="modes" role="group" aria-label="What to write">
    ${can.reply &&
    html`<button type="button" aria-pressed=${mode === "reply"} onClick=${() => onMode("reply")}>
      Reply
    </button>`}
    ${can.note &&
    html`<button type="button" aria-pressed=${mode === "note"} onClick=${() => onMode("note")}>
      <${Icon} name="note" />Private note
    </button>`}
  </div>`;
}

function Conflict({ conflict, onSendAnyway, onDismiss, mine }) {
  return html`<div class="conflict" role="alert">
    <${Icon} name="alert" />
    <p>
      <strong>Your reply was not sent.</strong> ${conflict.problem}
      ${mine ? " Read what is new above; your text is kept here." : " Your text is kept here."}
    </p>
    ${mine && html`<button type="button" onClick=${onSendAnyway}>Send it now</button>`}
    <button type="button" class="icon-button" aria-label="Dismiss" onClick=${onDismiss}>
      <${Icon} name="close" />
    </button>
  </div>`;
}

export function Composer({ line, expires, can, mine, draft, onDraft, onSend, act, busy, box }) {
  const own = useRef(null);
  const area = box ?? own;
  const mode = draft.mode === "note" ? (can.note ? "note" : "reply") : can.reply ? "reply" : "note";
  const text = draft[mode];
  const blocked = mode === "reply" && (!mine || line.closed);

  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    element.rows = 2;
    const lines = Math.ceil((element.scrollHeight - PADDING) / LINE);
    element.rows = Math.min(MOST_LINES, Math.max(2, lines));
  }, [text, mode, line.id, blocked]);

  // Before the next key: letters that come between "n" and the focus would act as shortcuts.
  useLayoutEffect(() => {
    if (draft.focus) area.current?.focus();
  }, [draft.focus, mode, blocked]);

  function keys(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape") {
      area.current.blur();
    }
  }

  function submit() {
    if (text.trim() && !blocked) onSend(mode, text.trim());
  }

  if (!can.reply && !can.note) return null;
  return html`<form
    class=${`composer composer-${mode}`} aria-label=${mode === "note" ? "Private note" : "Reply"}
    onSubmit=${(event) => (event.preventDefault(), submit())}
  >
    ${draft.conflict &&
    html`<${Conflict}
      conflict=${draft.conflict} mine=${mine} onSendAnyway=${submit}
      onDismiss=${() => onDraft({ conflict: null })}
    />`}
    <${Mode} mode=${mode} can=${can} onMode=${(wanted) => onDraft({ mode: wanted, focus: {} })} />
    ${blocked
      ? html`<div class="blocked">
          <p>${blockedBecause(line)}</p>
          ${!line.closed && line.assignee !== "user" &&
          html`<button type="button" class="primary" disabled=${busy} onClick=${act.takeOver}>
            Take over
          </button>`}
          ${text && html`<p class="kept">Your draft is kept.</p>`}
        </div>`
      : html`<div class="field">
          <textarea
            ref=${area} rows="2" dir="auto" maxlength=${LONGEST} value=${text}
            aria-label=${mode === "note" ? "Note for colleagues" : `Reply to ${line.contact_name}`}
            placeholder=${mode === "note"
              ? "Only colleagues see this…"
              : `Reply to ${line.contact_name}…`}
            onInput=${(event) => onDraft({ [mode]: event.target.value })} onKeyDown=${keys}
          ></textarea>
          <div class="field-end">
            <${Window} line=${line} expires=${mode === "reply" ? expires : null} />
            <span class="hint"><kbd>Ctrl</kbd> <kbd>Enter</kbd></span>
            <button type="submit" class="primary" disabled=${!text.trim()}>
              ${mode === "note" ? "Save note" : "Send"}
            </button>
          </div>
        </div>`}
  </form>`;
}

function blockedBecause(line) {
  if (line.closed) return "This conversation is closed.";
  if (line.assignee === "assistant") return "The assistant is answering. Take over to write yourself.";
  if (line.assignee === "team") return "Nobody answers here yet. Take over to reply.";
  return `${line.assignee_name} is answering. You can leave a private note.`;
}
