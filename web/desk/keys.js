// The keyboard, for those who keep their hands on it.
import { useLayoutEffect } from "/web/vendor/hooks.js";

const TYPING = "input, textarea, select, [contenteditable]";

// `actions` maps a key ("j", "?", "ctrl+k") to what it does; the newest map is always used.
export function useKeys(actions, { single }) {
  // With the page, not after its painting: a key pressed on what is seen must meet its actions.
  useLayoutEffect(() => {
    function onKeyDown(event) {
      if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
      const run = actions[nameOf(event, single)];
      if (!run) return;
      event.preventDefault();
      run();
    }
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  });
}

function nameOf(event, single) {
  if (event.ctrlKey || event.metaKey) return event.altKey ? "" : `ctrl+${event.key.toLowerCase()}`;
  // The place of the key counts: with Alt it writes another letter on many keyboards.
  if (event.altKey) return `alt+${event.code.replace("Key", "").toLowerCase()}`;
  if (!single || event.target.closest?.(TYPING)) return "";
  return event.key.length === 1 ? event.key.toLowerCase() : "";
}
