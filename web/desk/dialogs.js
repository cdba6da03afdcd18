// Boxes over the desk: commands, keys, colleagues.
import { useEffect, useRef, useState } from "/web/vendor/hooks.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { ROLES } from "./words.js";

export function Dialog({ label, onClose, wide, children }) {
  const box = useRef(null);
  const gone = useRef(false);
  useEffect(() => {
    const element = box.current;
    element.showModal();
    return () => {
      // The browser says "closed" a moment later: by then another box may be open.
      gone.current = true;
      if (element.open) element.close();
    };
  }, []);
  return html`<dialog
    ref=${box} class=${wide ? "dialog dialog-wide" : "dialog"} aria-label=${label}
    onClose=${() => gone.current || onClose()} onClick=${(event) => event.target === box.current && box.current.close()}
  >
    <div class="dialog-inside">${children}</div>
  </dialog>`;
}

export function DialogHead({ title, onClose, children }) {
  return html`<header class="dialog-head">
    <h2>${title}</h2>
    ${children}
    <button type="button" class="icon-button" aria-label="Close" onClick=${onClose}>
      <${Icon} name="close" />
    </button>
  </header>`;
}

const KEYS = [
  ["J / K", "Next or previous conversation (also Alt+J, Alt+K while writing)"],
  ["T", "Take over"],
  ["R", "Reply"],
  ["N", "Private note"],
  ["B", "Hand back to the assistant"],
  ["E", "Close the conversation"],
  ["Ctrl Enter", "Send"],
  ["Ctrl K", "Find a command or a conversation"],
  ["Esc", "Leave the text box or a dialog"],
  ["?", "This list"],
];

export function Help({ onClose, single, onSingle }) {
  return html`<${Dialog} label="Keyboard shortcuts" onClose=${onClose}>
    <${DialogHead} title="Keyboard shortcuts" onClose=${onClose} />
    <dl class="keys">
      ${KEYS.map(
        ([keys, what]) => html`<div key=${keys}>
          <dt>${keys.split(" ").map((key) => (key === "/" ? " / " : html`<kbd>${key}</kbd> `))}</dt>
          <dd>${what}</dd>
        </div>`,
      )}
    </dl>
    <label class="switch">
      <input type="checkbox" checked=${single} onChange=${(event) => onSingle(event.target.checked)} />
      Use the single-letter shortcuts
    </label>
  </${Dialog}>`;
}

export function Assign({ line, users, me, onAssign, onClose }) {
  const [wanted, setWanted] = useState("");
  const there = (users ?? []).filter(
    (user) => user.active !== false && (user.units ?? []).some((unit) => unitId(unit) === line.unit_id),
  );
  const found = there.filter((user) => user.name.toLowerCase().includes(wanted.toLowerCase()));
  return html`<${Dialog} label="Assign the conversation" onClose=${onClose}>
    <${DialogHead} title="Assign to" onClose=${onClose} />
    <input class="dialog-search" type="search" aria-label="Find a colleague"
      placeholder="Find a colleague…" value=${wanted}
      onInput=${(event) => setWanted(event.target.value)} />
    <ul class="choices">
      <li>
        <button type="button" onClick=${() => onAssign(null)}>
          <${Icon} name="team" /><span>The team's queue</span>
        </button>
      </li>
      ${found.map(
        (user) => html`<li key=${user.id}>
          <button type="button" onClick=${() => onAssign(user)}>
            <${Icon} name="person" />
            <span><bdi>${user.name}</bdi>${sameUser(user, me) ? " (you)" : ""}</span>
            <small>${ROLES[user.role] ?? user.role}</small>
          </button>
        </li>`,
      )}
    </ul>
    ${users === null && html`<p class="quiet padded">Reading the list of colleagues…</p>`}
  </${Dialog}>`;
}

const unitId = (unit) => (typeof unit === "object" ? unit.id : unit);

// Ids arrive as a number or as "user/7".
export const userNumber = (id) => Number(String(id).split("/").pop());
const sameUser = (user, me) => userNumber(user.id) === userNumber(me.id);
