// Small pieces of state the desk is made of.
import { useCallback, useEffect, useRef, useState } from "/web/vendor/hooks.js";
import { api } from "./api.js";
import { listen } from "./live.js";
import { QUEUES } from "./words.js";

const KEYS_SETTING = "frontdesk:single-keys";
const QUIET = 250;

// The address says what is open, so that a reload shows the same: #/team/12
function place() {
  const [, queue, id] = /^#\/(\w+)(?:\/(\d+))?$/.exec(location.hash) ?? [];
  const known = QUEUES.some((entry) => entry.id === queue);
  return { queue: known ? queue : "team", id: id ? Number(id) : null };
}

export function usePlace() {
  const [current, setCurrent] = useState(place);
  useEffect(() => {
    const changed = () => setCurrent(place());
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, []);
  const go = useCallback((queue, id) => {
    location.hash = id === null ? `#/${queue}` : `#/${queue}/${id}`;
  }, []);
  return [current, go];
}

// A sentence that goes away by itself.
export function useToast() {
  const [toast, setToast] = useState(null);
  const timer = useRef(0);
  const show = useCallback((text, tone = "good") => {
    clearTimeout(timer.current);
    setToast({ text, tone });
    timer.current = setTimeout(() => setToast(null), tone === "bad" ? 9000 : 3500);
  }, []);
  return [toast, show];
}

// Single letters as commands can be switched off: they get in the way of speech input.
export function useSingleKeys() {
  const [single, setSingle] = useState(() => {
    try {
      return localStorage.getItem(KEYS_SETTING) !== "off";
    } catch {
      return true;
    }
  });
  function change(on) {
    try {
      localStorage.setItem(KEYS_SETTING, on ? "on" : "off");
    } catch {
      // Kept until the page is closed.
    }
    setSingle(on);
  }
  return [single, change];
}

export function useUsers(allowed) {
  const [users, setUsers] = useState(null);
  useEffect(() => {
    if (allowed) api.users().then(({ items }) => setUsers(items), () => setUsers([]));
  }, [allowed]);
  return users;
}

// Every nudge, gathered for a moment: the ledger notes each reading, and eyes like calm.
export function useLive({ list, thread, id, onContact }) {
  const [state, setState] = useState("open");
  const latest = useRef(null);
  latest.current = { list, thread, id, onContact };
  useEffect(() => {
    let timer = 0;
    let topics = new Set();
    function settle() {
      const rung = topics;
      topics = new Set();
      const now = latest.current;
      now.list.load();
      if (rung.has("all") || rung.has(`conversation/${now.id}`)) now.thread.load();
      if (rung.has("all") || [...rung].some((topic) => topic.startsWith("contact/"))) now.onContact();
    }
    function ring(topic) {
      topics.add(topic || "all");
      clearTimeout(timer);
      timer = setTimeout(settle, QUIET);
    }
    const stop = listen({
      onChange: ring,
      onReconnect: () => ring("all"),
      onState(next) {
        setState(next);
        // The stream does not say why it ended; this call does.
        if (next === "waiting") api.stillSignedIn().catch(() => {});
      },
    });
    return () => (clearTimeout(timer), stop());
  }, []);
  return state;
}
