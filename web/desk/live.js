// Nudges from the server: "something about conversation 7 changed". No data travels with them;
// the page fetches what changed as the person who is signed in.

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30000;

// onChange(topic), onState("open" | "waiting"), onReconnect() after every gap. Returns stop().
export function listen({ onChange, onState, onReconnect }) {
  let source = null;
  let timer = 0;
  let wait = FIRST_WAIT;
  let stopped = false;
  let everOpen = false;

  function open() {
    clearTimeout(timer);
    source = new EventSource("/api/v1/live");
    source.addEventListener("open", () => {
      wait = FIRST_WAIT;
      onState("open");
      // What was said during the gap is not replayed: the lists are read again.
      if (everOpen) onReconnect();
      everOpen = true;
    });
    source.addEventListener("change", (event) => {
      try {
        onChange(String(JSON.parse(event.data).topic ?? ""));
      } catch {
        onChange("");
      }
    });
    source.addEventListener("error", retry);
  }

  function retry() {
    source?.close();
    if (stopped) return;
    onState("waiting");
    clearTimeout(timer);
    timer = setTimeout(open, wait * (0.75 + Math.random() / 2));
    wait = Math.min(wait * 2, LONGEST_WAIT);
  }

  function now() {
    if (stopped || source?.readyState === EventSource.OPEN) return;
    source?.close();
    wait = FIRST_WAIT;
    open();
  }

  window.addEventListener("online", now);
  open();
  return () => {
    stopped = true;
    clearTimeout(timer);
    window.removeEventListener("online", now);
    source?.close();
  };
}
