// The middle pane: one line per conversation, those who wait first to the eye.
import { useEffect, useLayoutEffect, useRef, useState } from "/web/vendor/hooks.js";
import { ago, fullTime, initials, languageName } from "./format.js";
import { html } from "./html.js";
import { Icon, channelIcon } from "./icons.js";
import { QUEUES, channelName, reasonTitle } from "./words.js";

const QUEUE_ICONS = {
  mine: "person",
  team: "team",
  assistant: "spark",
  all: "inbox",
  closed: "archive",
};

export function Queues({ queue, counts, onQueue }) {
  return html`<ul class="queues">
    ${QUEUES.map(
      ({ id, name }) => html`<li key=${id}>
        <button
          type="button" class=${`queue queue-${id}`} aria-current=${id === queue ? "true" : null}
          onClick=${() => onQueue(id)}
        >
          <${Icon} name=${QUEUE_ICONS[id]} />
          <span>${name}</span>
          ${counts &&
          html`<span class=${`count ${id === "team" && counts.team ? "count-hot" : ""}`}>
            ${counts[id]}<span class="hidden"> conversations</span>
          </span>`}
        </button>
      </li>`,
    )}
  </ul>`;
}

// Who answers next, as a badge.
export function Owner({ line, me }) {
  if (line.closed) return html`<span class="badge badge-closed">Closed</span>`;
  if (line.assignee === "assistant") {
    return html`<span class="badge badge-ai"><${Icon} name="spark" />${line.assignee_name || "Assistant"}</span>`;
  }
  if (line.assignee === "team") {
    return html`<span class="badge badge-wait"><${Icon} name="clock" />Waiting</span>`;
  }
  const mine = line.assignee_name === me.name;
  return html`<span class=${`badge ${mine ? "badge-me" : "badge-person"}`}>
    <${Icon} name="person" />${mine ? "You" : line.assignee_name}
  </span>`;
}

const AUTHOR_PREFIX = { assistant: "AI: ", user: "Us: ", system: "" };

function Row({ line, me, current, now, onOpen, focused }) {
  const waiting = line.assignee === "team" && !line.closed;
  return html`<button
    type="button" class=${`row ${waiting ? "row-waiting" : ""}`} data-id=${line.id}
    aria-current=${current ? "true" : null}
    onClick=${() => onOpen(line.id)} onFocus=${() => (focused.current = line.id)}
    onBlur=${(event) => event.relatedTarget && (focused.current = null)}
  >
    <span class=${`face face-${line.channel}`} aria-hidden="true">
      ${initials(line.contact_name)}
      <span class="face-channel"><${Icon} name=${channelIcon(line.channel)} /></span>
    </span>
    <span class="row-top">
      <bdi class="row-name">${line.contact_name}</bdi>
      <time datetime=${line.touched_at} title=${fullTime(line.touched_at)}>
        ${ago(line.touched_at, now)}
      </time>
    </span>
    <span class="row-preview">
      ${AUTHOR_PREFIX[line.last_author] ?? ""}<bdi>${line.preview || "No text"}</bdi>
    </span>
    <span class="row-end">
      <${Owner} line=${line} me=${me} />
      ${waiting && html`<span class="row-why">${reasonTitle(line.reason)}</span>`}
      <span class="row-where">
        <span class="hidden">${channelName(line.channel)}</span>
        ${line.language ? html`<abbr title=${languageName(line.language)}>${line.language}</abbr>` : ""}
      </span>
    </span>
  </button>`;
}

function useClock() {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

function Skeleton() {
  return html`<div class="skeleton" aria-label="Loading conversations" role="status">
    ${[0, 1, 2, 3, 4, 5].map((place) => html`<div key=${place} class="skeleton-row"></div>`)}
  </div>`;
}

function Empty({ queue }) {
  const words = QUEUES.find(({ id }) => id === queue);
  return html`<div class="empty">
    <${Icon} name=${QUEUE_ICONS[queue]} />
    <p><strong>${words.empty}</strong></p>
    <p>${words.hint}</p>
  </div>`;
}

export function List({ queue, items, more, current, me, onOpen, onMore, problem, onRetry }) {
  const now = useClock();
  const box = useRef(null);
  const focused = useRef(null);

  useLayoutEffect(() => {
    // A line that moved up takes the focus with it.
    if (focused.current !== null && document.activeElement === document.body) {
      box.current?.querySelector(`[data-id="${focused.current}"]`)?.focus({ preventScroll: true });
    }
  }, [items]);

  useLayoutEffect(() => {
    box.current?.querySelector('[aria-current="true"]')?.scrollIntoView({ block: "nearest" });
  }, [current]);

  if (problem && !items) {
    return html`<div class="empty" role="alert">
      <p><strong>The list could not be read.</strong></p>
      <p>${problem}</p>
      <button type="button" onClick=${onRetry}>Try again</button>
    </div>`;
  }
  if (!items) return html`<${Skeleton} />`;
  if (!items.length) return html`<${Empty} queue=${queue} />`;
  return html`<div class="rows" ref=${box}>
    <ul>
      ${items.map(
        (line) => html`<li key=${line.id}>
          <${Row}
            line=${line} me=${me} now=${now} current=${line.id === current}
            onOpen=${onOpen} focused=${focused}
          />
        </li>`,
      )}
    </ul>
    ${more && html`<button type="button" class="more" onClick=${onMore}>Show older ones</button>`}
  </div>`;
}
