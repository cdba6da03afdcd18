// The line to the server: an event stream that resumes, a long poll where streams do not get
// through, and an outbox that sends every text until it is acknowledged.

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30000;
const FIRST_BYTES_WITHIN = 10000;
const SILENCE = 45000; // the server says something every 20 s
const POLL_FOR = 60000;
const POLL_WAIT = 20;
const POST_TIMEOUT = 20000;

class Refused extends Error {
  constructor(status, retryAfter, detail) {
    super(detail || `answer ${status}`);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

// on: { session(info), message(m), state(s), acknowledged(id), refused(id, text), line(kind) }
export class Connection {
  #base;
  #store;
  #on;
  #stopped = false;
  #last = 0;
  #conversation = null;
  #closed = false;
  #session = null;
  #pollUntil = 0;
  #silentFailures = 0;
  #pumping = false;
  #wakers = new Set();
  #abort = null;

  constructor(origin, account, store, on) {
    this.#base = `${origin}/widget/${encodeURIComponent(account)}`;
    this.#store = store;
    this.#on = on;
  }

  start() {
    window.addEventListener("online", this.#wake);
    this.#listen();
    this.flush();
  }

  stop() {
    this.#stopped = true;
    window.removeEventListener("online", this.#wake);
    this.#abort?.abort();
    this.#wake();
  }

  #wake = () => {
    for (const waker of [...this.#wakers]) waker();
  };

  // Waits, shorter when the network comes back.
  #pause(milliseconds) {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#wakers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.#wakers.add(done);
    });
  }

  async #fetch(path, { method = "GET", body, signal } = {}) {
    const answer = await fetch(this.#base + path, {
      method,
      signal,
      credentials: "omit",
      cache: "no-store",
      headers: {
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(path === "/session" ? {} : { Authorization: `Bearer ${this.#store.token}` }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (answer.ok) return answer;
    const data = await answer.json().catch(() => null);
    throw new Refused(answer.status, Number(answer.headers.get("Retry-After")) || 0, data?.detail);
  }

  #post(path, body) {
    return this.#fetch(path, { method: "POST", body, signal: AbortSignal.timeout(POST_TIMEOUT) });
  }

  // One session per page; two tabs that start at once share one visitor.
  #ensureSession() {
    this.#session ??= this.#underLock(async () => {
      const token = this.#store.token;
      const answer = await this.#post("/session", token ? { visitor_token: token } : {});
      const info = await answer.json();
      this.#store.token = info.visitor_token;
      this.#on.session(info);
    }).catch((error) => {
      this.#session = null;
      throw error;
    });
    return this.#session;
  }

  #underLock(work) {
    return navigator.locks ? navigator.locks.request(this.#store.key, work) : work();
  }

  #forget() {
    this.#session = null;
    this.#store.token = null;
    this.#last = 0;
  }

  async #listen() {
    let wait = FIRST_WAIT;
    while (!this.#stopped) {
      const heard = { any: false };
      try {
        await this.#ensureSession();
        if (Date.now() < this.#pollUntil) await this.#poll(heard);
        else await this.#stream(heard);
      } catch (error) {
        this.#failed(error, heard);
        if (error instanceof Refused && error.retryAfter) wait = error.retryAfter * 1000;
      }
      if (this.#stopped) return;
      if (heard.any) wait = FIRST_WAIT;
      if (heard.again) continue;
      await this.#pause(wait * (0.75 + Math.random() / 2));
      wait = Math.min(wait * 2, LONGEST_WAIT);
    }
  }

  #failed(error, heard) {
    if (this.#stopped) return;
    if (error instanceof Refused) {
      if (error.status === 401) this.#forget();
      if (this.#session && [403, 404, 405].includes(error.status)) this.#preferPolling();
      else this.#on.line(error.status < 500 && error.status !== 429 ? "away" : "offline");
      return;
    }
    this.#on.line("offline");
    // Something between here and the server keeps streams back: ask instead.
    if (!heard.any && (heard.headers || error.name === "AbortError")) {
      this.#silentFailures += 1;
      if (this.#silentFailures >= 2) this.#preferPolling();
    }
  }

  #preferPolling() {
    this.#pollUntil = Date.now() + POLL_FOR;
    this.#silentFailures = 1;
  }

  async #stream(heard) {
    const abort = new AbortController();
    this.#abort = abort;
    let watchdog = setTimeout(() => abort.abort(), FIRST_BYTES_WITHIN);
    try {
      const answer = await this.#fetch(`/events?after=${this.#last}`, { signal: abort.signal });
      heard.headers = true;
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        clearTimeout(watchdog);
        watchdog = setTimeout(() => abort.abort(), SILENCE);
        if (!heard.any) this.#on.line("live");
        heard.any = true;
        this.#silentFailures = 0;
        const blocks = (rest + value).replace(/\r\n?/g, "\n").split("\n\n");
        rest = blocks.pop();
        for (const block of blocks) this.#event(block, heard);
        if (heard.again) return abort.abort();
      }
    } finally {
      clearTimeout(watchdog);
    }
  }

  #event(block, heard) {
    let kind = "message";
    const data = [];
    for (const line of block.split("\n")) {
      if (line.startsWith("event:")) kind = line.slice(6).trim();
      else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
    }
    if (!data.length) return;
    const value = JSON.parse(data.join("\n"));
    if (kind === "message") this.#message(value);
    else if (kind === "state") this.#state(value, heard);
  }

  #message(message) {
    this.#last = Math.max(this.#last, message.seq);
    if (message.client_id) this.#store.remove(message.client_id);
    this.#on.message(message);
  }

  #state(state, heard) {
    const id = state.conversation_id ?? null;
    const another = id !== null && this.#conversation !== null && id !== this.#conversation;
    // A new conversation counts from one again.
    if (another || (this.#closed && !state.closed)) {
      this.#last = 0;
      heard.again = true;
    }
    this.#conversation = id ?? this.#conversation;
    this.#closed = Boolean(state.closed);
    this.#on.state(state);
  }

  async #poll(heard) {
    while (!this.#stopped && Date.now() < this.#pollUntil) {
      const abort = new AbortController();
      this.#abort = abort;
      const timer = setTimeout(() => abort.abort(), SILENCE);
      try {
        const answer = await this.#fetch(`/messages?after=${this.#last}&wait=${heard.any ? POLL_WAIT : 0}`, {
          signal: abort.signal,
        });
        const { messages, ...state } = await answer.json();
        if (!heard.any) this.#on.line("live");
        heard.any = true;
        for (const message of messages) this.#message(message);
        this.#state({ typing: false, ...state }, {});
      } finally {
        clearTimeout(timer);
      }
    }
    heard.again = true;
  }

  // Sends what is in the outbox, oldest first, each until it is acknowledged or refused for good.
  async flush() {
    if (this.#pumping) return;
    this.#pumping = true;
    let wait = FIRST_WAIT;
    try {
      while (!this.#stopped) {
        const item = this.#store.outbox.find(({ refused }) => !refused);
        if (!item) return;
        try {
          await this.#ensureSession();
          const answer = await this.#post("/messages", { client_id: item.client_id, text: item.text });
          await answer.text();
          this.#store.remove(item.client_id);
          this.#on.acknowledged(item.client_id);
          wait = FIRST_WAIT;
        } catch (error) {
          await this.#undelivered(item, error, wait);
          wait = Math.min(wait * 2, LONGEST_WAIT);
        }
      }
    } finally {
      this.#pumping = false;
    }
  }

  async #undelivered(item, error, wait) {
    if (error instanceof Refused && (error.status === 422 || error.status === 413)) {
      this.#store.change(item.client_id, { refused: true });
      this.#on.refused(item.client_id);
      return;
    }
    if (error instanceof Refused && error.status === 401) this.#forget();
    if (error instanceof Refused && error.status === 429) this.#on.line("slow");
    else if (!(error instanceof Refused)) this.#on.line("offline");
    const retryAfter = error instanceof Refused ? error.retryAfter * 1000 : 0;
    await this.#pause(Math.max(retryAfter, wait) * (0.75 + Math.random() / 2));
  }

  // Neither is worth a second try.
  typing() {
    if (this.#store.token) this.#post("/typing", {}).catch(() => {});
  }

  read(seq) {
    if (this.#store.token) this.#post("/read", { seq }).catch(() => {});
  }
}
