// Long lists that are filtered by the page's address and read a piece at a time, newest first.
import { useEffect, useRef, useState } from "/web/vendor/hooks.js";

// The named parts of an address's query, "" where one is missing.
export function filterFrom(query, names) {
  const given = new URLSearchParams(query);
  return Object.fromEntries(names.map((name) => [name, given.get(name) ?? ""]));
}

export function addressOf(page, filter) {
  const given = Object.entries(filter).filter(([, value]) => value);
  return given.length ? `#/${page}?${new URLSearchParams(given)}` : `#/${page}`;
}

// `read(before)` gives at most `size` items older than the one with the id `before`.
export function usePages(read, query, size) {
  const [state, setState] = useState({ items: null, more: false, problem: null, busy: true });
  const turn = useRef(0);

  async function load(before) {
    const mine = ++turn.current;
    setState((now) => ({ ...now, busy: true, problem: null, items: before ? now.items : null }));
    try {
      const found = await read(before);
      if (mine !== turn.current) return;
      setState((now) => ({
        items: before ? [...now.items, ...found] : found,
        more: found.length === size, problem: null, busy: false,
      }));
    } catch (error) {
      if (mine === turn.current) setState((now) => ({ ...now, problem: error.message, busy: false }));
    }
  }

  useEffect(() => {
    load(null);
  }, [query]);
  return { ...state, reload: () => load(null), older: () => load(state.items.at(-1).id) };
}
