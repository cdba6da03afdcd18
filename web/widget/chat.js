// <script type="module" src="https://desk.example/web/widget/chat.js"></script>
// <support-chat account="web-de"></support-chat>
//
// A chat with no dependencies. Attributes: account (required), lang (else the browser's language).
import { Connection } from "./connection.js";
import { el, shape } from "./dom.js";
import { Log } from "./log.js";
import { Store } from "./store.js";
import { STYLE } from "./style.js";
import { wordsFor } from "./words.js";

const ORIGIN = new URL(import.meta.url).origin;
const TYPING_EVERY = 4000;
const LONGEST = 5000;

class SupportChat extends HTMLElement {
  static observedAttributes = ["account", "lang"];

  #root = this.attachShadow({ mode: "open" });
  #parts = null;
  #line = null;
  #store = null;
  #log = null;
  #words = null;
  #info = {};
  #state = { assignee: "none", assignee_name: "", closed: false };
  #conversation = null;
  #unread = 0;
  #typedAt = 0;
  #readSent = 0;

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [STYLE];
  }

  connectedCallback() {
    window.addEventListener("storage", this.#fromOtherTab);
    document.addEventListener("visibilitychange", this.#looked);
    this.#begin();
  }

  disconnectedCallback() {
    window.removeEventListener("storage", this.#fromOtherTab);
    document.removeEventListener("visibilitychange", this.#looked);
    this.#end();
  }

  attributeChangedCallback(_name, before, after) {
    if (!this.isConnected || before === after || !this.#parts) return;
    this.#end();
    this.#begin();
  }

  #begin() {
    const account = this.getAttribute("account");
    if (!account) return;
    const wishes = [this.getAttribute("lang"), ...(navigator.languages ?? [navigator.language])];
    const { dir, lang, words } = wordsFor(wishes);
    this.#words = words;
    this.setAttribute("dir", dir);
    this.#store = new Store(ORIGIN, account);
    this.#log = new Log(words, (clientId, text) => this.#again(clientId, text));
    this.#build(lang);
    for (const item of this.#store.outbox) this.#log.pend(item);
    this.#show(this.#store.open, { focus: false });
    // Nobody becomes a visitor by looking at a page: only who has chatted or opens the chat.
    if (this.#store.token || this.#store.open) this.#connect();
  }

  #end() {
    this.#line?.stop();
    this.#line = null;
    this.#root.replaceChildren();
    this.#info = {};
    this.#state = { assignee: "none", assignee_name: "", closed: false };
    this.#conversation = null;
    this.#unread = 0;
    this.#readSent = 0;
  }

  #build(lang) {
    const words = this.#words;
    const count = el("span", { className: "count", hidden: true, "aria-hidden": "true" });
    const launch = el("button", { type: "button", className: "launch", onclick: () => this.open() }, shape("chat"), count);
    const title = el("h2", { textContent: words.title });
    const who = el("p", { className: "who" });
    const close = el("button", { type: "button", className: "plain", onclick: () => this.close() }, shape("down"));
    close.setAttribute("aria-label", words.close);
    const notice = el("p", { className: "notice", role: "status", hidden: true });
    const text = el("textarea", { rows: 1, placeholder: words.write, maxLength: LONGEST });
    text.setAttribute("aria-label", words.message);
    const send = el("button", { type: "submit", className: "send", disabled: true }, shape("send"));
    send.setAttribute("aria-label", words.send);
    const person = el("button", { type: "button", className: "person", textContent: words.person,
      onclick: () => this.send(words.ask) });
    const form = el("form", {}, el("div", { className: "field" }, text, send), person);
    const panel = el("section", { className: "panel", role: "dialog", hidden: true },
      el("div", { className: "head" }, el("div", { className: "mark" }, shape("chat")), el("div", {}, title, who), close),
      this.#log.scroll, notice, form);
    panel.setAttribute("aria-label", words.title);
    panel.lang = lang;

    form.addEventListener("submit", (event) => (event.preventDefault(), this.#submit()));
    text.addEventListener("input", () => this.#typed());
    text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.#submit();
      }
    });
    panel.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    this.#parts = { launch, count, title, who, notice, text, send, person, panel };
    this.#root.append(panel, launch);
    this.#label();
    this.#showWho();
  }

  #connect() {
    if (this.#line) return;
    this.#line = new Connection(ORIGIN, this.getAttribute("account"), this.#store, {
      session: (info) => this.#started(info),
      message: (message) => this.#arrived(message),
      state: (state) => this.#changed(state),
      acknowledged: (id) => this.#log.acknowledge(id),
      refused: (id) => this.#refused(id),
      line: (kind) => this.#notice(kind),
    });
    this.#line.start();
  }

  open() {
    this.#show(true, { focus: true });
    this.#connect();
  }

  close() {
    this.#show(false, { focus: true });
  }

  // Open the chat with a text that waits to be sent.
  draft(text) {
    this.open();
    this.#parts.text.value = text;
    this.#typed();
  }

  #show(open, { focus }) {
    const { panel, launch, text } = this.#parts;
    this.toggleAttribute("open", open);
    panel.hidden = !open;
    launch.hidden = open;
    this.#store.open = open;
    if (open) {
      this.#log.toEnd();
      this.#looked();
    }
    if (focus) (open ? text : launch).focus();
  }

  #typed() {
    const { text, send } = this.#parts;
    send.disabled = !text.value.trim();
    // While empty, the placeholder's direction is that of the widget.
    text.dir = text.value ? "auto" : "";
    text.rows = 1;
    text.rows = Math.min(5, Math.max(1, Math.round((text.scrollHeight - 16) / 22)));
    if (text.value && Date.now() - this.#typedAt > TYPING_EVERY) {
      this.#typedAt = Date.now();
      this.#line?.typing();
    }
  }

  #submit() {
    const { text } = this.#parts;
    if (!text.value.trim()) return;
    this.send(text.value.trim());
    text.value = "";
    this.#typed();
    text.focus();
  }

  // Kept first, then sent: a reload in between loses nothing.
  send(text) {
    const item = { client_id: newId(), text };
    this.#store.add(item);
    this.#log.pend(item);
    this.#log.toEnd();
    this.#connect();
    this.#line.flush();
  }

  #again(clientId, text) {
    this.#store.remove(clientId);
    this.send(text);
  }

  #refused(clientId) {
    const item = this.#store.outbox.find(({ client_id: id }) => id === clientId);
    this.#log.refuse(clientId, item?.text ?? "");
  }

  #started(info) {
    this.#info = info;
    if (info.title) {
      this.#parts.title.textContent = info.title;
      this.#parts.panel.setAttribute("aria-label", info.title);
    }
    this.#showWho();
  }

  #arrived(message) {
    const fresh = this.#log.show(message);
    if (!fresh || message.author === "contact") return;
    this.#log.typing(false);
    if (this.#seen()) this.#looked();
    else if (message.status !== "read") this.#setUnread(this.#unread + 1);
  }

  #changed(state) {
    const id = state.conversation_id ?? null;
    const another = this.#conversation !== null && id !== null && id !== this.#conversation;
    if (another || (this.#state.closed && !state.closed)) {
      this.#log.newConversation();
      this.#readSent = 0;
    }
    this.#conversation = id ?? this.#conversation;
    this.#state = state;
    this.#log.typing(Boolean(state.typing));
    if (Number.isInteger(state.read)) this.#log.readUpTo(state.read);
    this.#showWho();
    this.#notice("live");
  }

  #showWho() {
    const { who, person } = this.#parts;
    const { assignee, assignee_name: name, closed } = this.#state;
    const words = this.#words;
    const assistant = name || this.#info.assistant_name;
    who.className = `who ${assignee}`;
    if (assignee === "user") who.textContent = name ? `${name} · ${words.team}` : words.team;
    else if (assignee === "team") who.textContent = words.waiting;
    else who.textContent = assistant ? `${assistant} · ${words.ai}` : words.ai;
    person.hidden = !closed && (assignee === "team" || assignee === "user");
  }

  #notice(kind) {
    const { notice } = this.#parts;
    const quiet = kind === "live";
    const text = quiet ? (this.#state.closed ? this.#words.closed : "") : this.#words[kind];
    notice.textContent = text;
    notice.hidden = !text;
  }

  #seen() {
    return !this.#parts.panel.hidden && document.visibilityState === "visible";
  }

  #looked = () => {
    if (!this.#parts || !this.#seen()) return;
    this.#setUnread(0);
    const seq = this.#log.lastOfOurs();
    if (seq <= this.#readSent) return;
    this.#readSent = seq;
    this.#line?.read(seq);
  };

  #setUnread(count) {
    this.#unread = count;
    this.#label();
  }

  #label() {
    const { launch, count } = this.#parts;
    count.hidden = this.#unread === 0;
    count.textContent = String(this.#unread);
    const news = this.#unread ? `. ${this.#words.unread.replace("{n}", this.#unread)}` : "";
    launch.setAttribute("aria-label", this.#words.open + news);
  }

  #fromOtherTab = (event) => {
    if (event.key !== this.#store?.key || !this.#parts) return;
    for (const item of this.#store.outbox) this.#log.pend(item);
    if (this.#store.token) this.#connect();
  };
}

// randomUUID needs HTTPS; a shop's test page may not have it.
function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

if (!customElements.get("support-chat")) customElements.define("support-chat", SupportChat);
