// The visible conversation: what the server has, in its order, then what is on its way.
import { el, sourceItem, withLinks } from "./dom.js";

const STUCK = 60;

export class Log {
  #words;
  #items = new Map(); // message id -> { li, order, message }
  #pending = new Map(); // client id -> li
  #epoch = 0;
  #readUpTo = 0;
  #retry;

  constructor(words, onRetry) {
    this.#words = words;
    this.#retry = onRetry;
    this.list = el("ol");
    this.dots = el("div", { className: "typing", hidden: true },
      el("span", { className: "unseen", textContent: words.typing }), el("i"), el("i"), el("i"));
    this.intro = el("p", { className: "intro", textContent: words.intro });
    this.scroll = el("div", {
      className: "scroll", tabIndex: 0, role: "log",
      "aria-live": "polite", "aria-relevant": "additions", "aria-label": words.conversation,
    }, this.intro, this.list, this.dots);
  }

  // Counting starts again with a new conversation; what was said before stays above it.
  newConversation() {
    this.#epoch += 1;
    this.#readUpTo = 0;
  }

  #keepingPlace(change) {
    const { scroll } = this;
    const stuck = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < STUCK;
    change();
    if (stuck) scroll.scrollTop = scroll.scrollHeight;
  }

  toEnd() {
    this.scroll.scrollTop = this.scroll.scrollHeight;
  }

  // True where this message was not on the screen before.
  show(message) {
    const known = this.#items.get(message.id);
    this.#keepingPlace(() => {
      if (message.client_id) this.#drop(message.client_id);
      const li = this.#build(message);
      if (known) known.li.replaceWith(li);
      const order = known?.order ?? [this.#epoch, message.seq];
      this.#items.set(message.id, { li, order, message });
      if (!known) this.#insert(li, order);
      this.#mark();
    });
    return !known;
  }

  #insert(li, order) {
    const sorted = [...this.#items.values()].filter((item) => item.li !== li);
    const next = sorted
      .filter(({ order: [epoch, seq] }) => epoch > order[0] || (epoch === order[0] && seq > order[1]))
      .sort((a, b) => a.order[0] - b.order[0] || a.order[1] - b.order[1])[0];
    const firstPending = this.#pending.values().next().value ?? null;
    this.list.insertBefore(li, next?.li ?? firstPending);
  }

  #build(message) {
    const { author } = message;
    const li = el("li", { className: author });
    li.dataset.author = `${author}/${message.author_name ?? ""}`;
    li.append(el("p", { className: "name", textContent: this.#name(message) }));
    li.append(el("p", { className: "text", dir: "auto" }, ...withLinks(message.text)));
    if (message.sources?.length) {
      li.append(el("div", { className: "sources" },
        el("span", { textContent: `${this.#words.sources}: ` }),
        el("ul", {}, ...message.sources.map(sourceItem))));
    }
    const when = new Date(message.at);
    if (!Number.isNaN(when.valueOf())) li.title = when.toLocaleString();
    return li;
  }

  #name({ author, author_name: name }) {
    if (author === "contact") return this.#words.you;
    const role = author === "assistant" ? this.#words.ai : this.#words.team;
    return name ? `${name} · ${role}` : role;
  }

  // Names stand above the first of a run; the last own message says how far it got.
  #mark() {
    let before = "";
    let lastOwn = null;
    for (const li of this.list.children) {
      const first = li.dataset.author !== before;
      before = li.dataset.author;
      li.classList.toggle("first", first);
      li.querySelector(".name").classList.toggle("unseen", !first || li.classList.contains("contact"));
      if (li.classList.contains("contact") && !li.classList.contains("pending")) lastOwn = li;
    }
    for (const li of this.list.querySelectorAll("li.contact:not(.pending) > .state")) li.remove();
    if (!lastOwn) return;
    const item = [...this.#items.values()].find(({ li }) => li === lastOwn);
    if (!item) return;
    const seen = item.message.status === "read" || item.message.seq <= this.#readUpTo;
    lastOwn.append(el("p", { className: "state", textContent: seen ? this.#words.seen : this.#words.sent }));
  }

  readUpTo(seq) {
    this.#readUpTo = Math.max(this.#readUpTo, seq);
    this.#mark();
  }

  pend({ client_id: id, text, refused }) {
    if (this.#pending.has(id)) return;
    this.#keepingPlace(() => {
      const li = el("li", { className: "contact pending" },
        el("p", { className: "name", textContent: this.#words.you }),
        el("p", { className: "text", dir: "auto", textContent: text }),
        el("p", { className: "state", textContent: this.#words.sending }));
      li.dataset.author = "contact/";
      this.#pending.set(id, li);
      this.list.append(li);
      this.#mark();
    });
    if (refused) this.refuse(id, text);
  }

  acknowledge(id) {
    const state = this.#pending.get(id)?.querySelector(".state");
    if (state) state.textContent = this.#words.sent;
  }

  refuse(id, text) {
    const state = this.#pending.get(id)?.querySelector(".state");
    if (!state) return;
    state.classList.add("bad");
    state.replaceChildren(`${this.#words.refused} `,
      el("button", { type: "button", textContent: this.#words.again, onclick: () => {
        this.#drop(id);
        this.#retry(id, text);
      } }));
  }

  #drop(id) {
    this.#pending.get(id)?.remove();
    this.#pending.delete(id);
  }

  typing(on) {
    if (this.dots.hidden === !on) return;
    this.#keepingPlace(() => (this.dots.hidden = !on));
  }

  // The highest place of a message of ours, for the read mark.
  lastOfOurs() {
    let highest = 0;
    for (const { order, message } of this.#items.values()) {
      if (order[0] === this.#epoch && message.author !== "contact") highest = Math.max(highest, message.seq);
    }
    return highest;
  }
}
