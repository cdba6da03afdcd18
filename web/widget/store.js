// What must survive a reload: the visitor's token, and texts the server does not have yet.

export class Store {
  #key;
  #memory = {};

  constructor(origin, account) {
    this.#key = `support-chat:${origin}:${account}`;
  }

  #read() {
    try {
      return JSON.parse(localStorage.getItem(this.#key)) ?? {};
    } catch {
      // Storage is switched off, or somebody else wrote there: this page's memory has to do.
      return this.#memory;
    }
  }

  #write(change) {
    const next = { ...this.#read(), ...change };
    this.#memory = next;
    try {
      localStorage.setItem(this.#key, JSON.stringify(next));
    } catch {
      // Kept in memory.
    }
  }

  get key() {
    return this.#key;
  }

  get token() {
    const { token } = this.#read();
    return typeof token === "string" ? token : null;
  }

  set token(token) {
    this.#write({ token });
  }

  get outbox() {
    const { outbox } = this.#read();
    return Array.isArray(outbox) ? outbox : [];
  }

  add(item) {
    this.#write({ outbox: [...this.outbox, item] });
  }

  change(clientId, fields) {
    this.#write({
      outbox: this.outbox.map((item) => (item.client_id === clientId ? { ...item, ...fields } : item)),
    });
  }

  remove(clientId) {
    this.#write({ outbox: this.outbox.filter((item) => item.client_id !== clientId) });
  }

  get open() {
    return this.#read().open === true;
  }

  set open(open) {
    this.#write({ open });
  }
}
