// What the desk knows: lists, the open thread, drafts, and texts on their way.
import { useCallback, useEffect, useRef, useState } from "/web/vendor/hooks.js";
import { api } from "./api.js";

const MAX_PAGES = 10;

// The lists of a queue, page by page, newest first.
export function useList(queue) {
  const [state, setState] = useState({ queue: null, items: null, counts: null, more: false, problem: null });
  const pages = useRef(1);
  const turn = useRef(0);

  const load = useCallback(async () => {
    const mine = ++turn.current;
    const items = [];
    try {
      let answer;
      for (let page = 0; page < pages.current; page += 1) {
        answer = await api.conversations(queue, items.at(-1)?.touched_at);
        items.push(...answer.items);
        if (answer.items.length === 0) break;
      }
      if (mine !== turn.current) return;
      const more = items.length < (answer.counts[queue] ?? 0) && answer.items.length > 0;
      setState({ queue, items, counts: answer.counts, more, problem: null });
    } catch (error) {
      if (mine !== turn.current || error.status === 401) return;
      // What was read before stays on the screen.
      setState((before) => ({ ...before, problem: error.message }));
    }
  }, [queue]);

  useEffect(() => {
    pages.current = 1;
    load();
  }, [load]);

  const loadMore = useCallback(() => {
    pages.current = Math.min(pages.current + 1, MAX_PAGES);
    return load();
  }, [load]);

  const fresh = state.queue === queue;
  return { ...state, items: fresh ? state.items : null, load, loadMore };
}

// One conversation; answers that come late for another one are dropped.
export function useThread(id) {
  const [state, setState] = useState({ id: null, thread: null, problem: null });
  const turn = useRef(0);

  const load = useCallback(async () => {
    if (id === null) return null;
    const mine = ++turn.current;
    try {
      const thread = await api.conversation(id);
      if (mine === turn.current) setState({ id, thread, problem: null });
      return thread;
    } catch (error) {
      if (mine === turn.current && error.status !== 401) {
        setState((before) => ({
          id,
          thread: before.id === id && error.status !== 404 && error.status !== 403 ? before.thread : null,
          problem: error.message,
        }));
      }
      return null;
    }
  }, [id]);

  useEffect(() => {
    load();
  }, [load]);

  const here = state.id === id;
  return { thread: here ? state.thread : null, problem: here ? state.problem : null, load };
}

const NO_DRAFT = { mode: "reply", reply: "", note: "", conflict: null, focus: null };

// Drafts of every conversation, kept in memory while the page is open.
export function useDrafts() {
  const [drafts, setDrafts] = useState({});
  const change = useCallback((id, patch) => {
    setDrafts((all) => {
      const before = all[id] ?? NO_DRAFT;
      const wanted = typeof patch === "function" ? patch(before) : patch;
      return { ...all, [id]: { ...before, ...wanted } };
    });
  }, []);
  return { of: (id) => drafts[id] ?? NO_DRAFT, change };
}

// Put a text back into its box, before whatever was written meanwhile.
function putBack(mode, text, extra = {}) {
  return (draft) => ({
    mode,
    [mode]: draft[mode] ? `${text}\n\n${draft[mode]}` : text,
    focus: {},
    ...extra,
  });
}

// Texts on their way: shown as unsent until the server has them, never lost.
export function useOutgoing(changeDraft, reload) {
  const [items, setItems] = useState([]);
  const chain = useRef(Promise.resolve());
  const lastOwn = useRef({});
  const counter = useRef(0);

  const patch = (key, fields) =>
    setItems((all) => all.map((item) => (item.key === key ? { ...item, ...fields } : item)));
  const drop = (key) => setItems((all) => all.filter((item) => item.key !== key));

  async function deliver(item) {
    try {
      const answer =
        item.mode === "note"
          ? await api.note(item.conversation, item.text)
          : await api.reply(
              item.conversation,
              item.text,
              // What I said myself is nothing I have yet to read.
              Math.max(item.seen, lastOwn.current[item.conversation] ?? 0),
            );
      if (item.mode !== "note") lastOwn.current[item.conversation] = answer.id;
      patch(item.key, { id: answer.id });
      await reload(item.conversation);
      drop(item.key);
    } catch (error) {
      if (error.status === 409) {
        await reload(item.conversation);
        drop(item.key);
        changeDraft(item.conversation, putBack(item.mode, item.text, { conflict: { problem: error.message } }));
      } else {
        patch(item.key, { state: "failed", problem: error.message });
      }
    }
  }

  function start(item) {
    // One after the other: two replies arrive in the order they were written.
    chain.current = chain.current.then(() => deliver(item));
  }

  function send(conversation, mode, text, seen) {
    const item = { key: ++counter.current, conversation, mode, text, seen, state: "sending", id: null };
    setItems((all) => [...all, item]);
    changeDraft(conversation, { [mode]: "", conflict: null });
    start(item);
  }

  function retry(item, seen) {
    const again = { ...item, seen, state: "sending", problem: null };
    patch(item.key, again);
    start(again);
  }

  function edit(item) {
    drop(item.key);
    changeDraft(item.conversation, putBack(item.mode, item.text));
  }

  return { of: (id) => items.filter((item) => item.conversation === id), send, retry, edit };
}
