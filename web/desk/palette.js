// Ctrl+K: every command and every conversation in the list, by typing.
import { useLayoutEffect, useMemo, useRef, useState } from "/web/vendor/hooks.js";
import { Dialog } from "./dialogs.js";
import { html } from "./html.js";
import { Icon, channelIcon } from "./icons.js";

const MOST = 12;

function matches(entry, wanted) {
  const text = `${entry.label} ${entry.detail ?? ""}`.toLowerCase();
  return wanted.every((word) => text.includes(word));
}

export function Palette({ commands, items, onOpen, onClose }) {
  const [text, setText] = useState("");
  const [place, setPlace] = useState(0);
  const list = useRef(null);

  const entries = useMemo(
    () => [
      ...commands.filter((command) => command.enabled !== false),
      ...(items ?? []).map((line) => ({
        id: `open-${line.id}`,
        label: line.contact_name,
        detail: line.preview,
        icon: channelIcon(line.channel),
        run: () => onOpen(line.id),
      })),
    ],
    [commands, items],
  );
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = entries.filter((entry) => matches(entry, wanted)).slice(0, MOST);
  const chosen = Math.min(place, found.length - 1);

  useLayoutEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [chosen]);

  function run(entry) {
    onClose();
    // After the dialog has given the focus back.
    setTimeout(entry.run);
  }

  function keys(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setPlace(Math.max(0, Math.min(chosen + step, found.length - 1)));
    } else if (event.key === "Enter" && found[chosen]) {
      event.preventDefault();
      run(found[chosen]);
    }
  }

  return html`<${Dialog} label="Commands" onClose=${onClose}>
    <input
      class="dialog-search" type="text" role="combobox" aria-expanded="true" autofocus
      aria-controls="palette-list" aria-autocomplete="list" autocomplete="off"
      aria-activedescendant=${found[chosen] ? `palette-${found[chosen].id}` : null}
      aria-label="Find a command or a conversation" placeholder="Find a command or a conversation…"
      value=${text} onKeyDown=${keys}
      onInput=${(event) => (setText(event.target.value), setPlace(0))}
    />
    <ul class="choices" role="listbox" id="palette-list" aria-label="Commands" ref=${list}>
      ${found.map(
        (entry, index) => html`<li
          key=${entry.id} id=${`palette-${entry.id}`} role="option" aria-selected=${index === chosen}
          class="choice" onClick=${() => run(entry)} onMouseMove=${() => setPlace(index)}
        >
          <${Icon} name=${entry.icon ?? "arrow"} />
          <span><bdi>${entry.label}</bdi></span>
          ${entry.detail && html`<small><bdi>${entry.detail}</bdi></small>`}
          ${entry.keys && html`<kbd>${entry.keys}</kbd>`}
        </li>`,
      )}
    </ul>
    ${found.length === 0 && html`<p class="quiet padded">Nothing matches.</p>`}
  </${Dialog}>`;
}
