// The desk: who is signed in, and what is on the screen.
import { render } from "/web/vendor/preact.js";
import { useCallback, useEffect, useRef, useState } from "/web/vendor/hooks.js";
import { api, whenSignedOut } from "./api.js";
import { Composer } from "./composer.js";
import { Customer } from "./customer.js";
import { Assign, Help, userNumber } from "./dialogs.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { useDrafts, useList, useOutgoing, useThread } from "./inbox.js";
import { useKeys } from "./keys.js";
import { List, Queues } from "./list.js";
import { listen } from "./live.js";
import { Palette } from "./palette.js";
import { Receipts } from "./receipts.js";
import { SignIn } from "./sign_in.js";
import { Thread } from "./thread.js";
import { QUEUES, ROLES } from "./words.js";

const KEYS_SETTING = "frontdesk:single-keys";
const QUIET = 250;

// The address says what is open, so that a reload shows the same: #/team/12
function place() {
  const [, queue, id] = /^#\/(\w+)(?:\/(\d+))?$/.exec(location.hash) ?? [];
  const known = QUEUES.some((entry) => entry.id === queue);
  return { queue: known ? queue : "team", id: id ? Number(id) : null };
}

function usePlace() {
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

function permissions(me) {
  const has = (name) => me.permissions.includes(name);
  return {
    read: has("conversation:read"),
    reply: has("conversation:reply"),
    note: has("conversation:note"),
    assign: has("conversation:assign"),
    close: has("conversation:close"),
    receipts: has("receipt:read"),
    users: has("user:read"),
  };
}

function useToast() {
  const [toast, setToast] = useState(null);
  const timer = useRef(0);
  const show = useCallback((text, tone = "good") => {
    clearTimeout(timer.current);
    setToast({ text, tone });
    timer.current = setTimeout(() => setToast(null), tone === "bad" ? 9000 : 3500);
  }, []);
  return [toast, show];
}

function useSingleKeys() {
  const [single, setSingle] = useState(() => localStorage.getItem(KEYS_SETTING) !== "off");
  function change(on) {
    localStorage.setItem(KEYS_SETTING, on ? "on" : "off");
    setSingle(on);
  }
  return [single, change];
}

function useUsers(allowed) {
  const [users, setUsers] = useState(null);
  useEffect(() => {
    if (allowed) api.users().then(({ items }) => setUsers(items), () => setUsers([]));
  }, [allowed]);
  return users;
}

// Every nudge, gathered for a moment: the ledger notes each reading, and eyes like calm.
function useLive({ list, thread, id, onContact }) {
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

function Account({ me, onSignOut, onHelp }) {
  return html`<div class="account">
    <div>
      <strong><bdi>${me.name}</bdi></strong>
      <span>${ROLES[me.role] ?? me.role} · ${me.units.map(({ title, name }) => title || name).join(", ")}</span>
    </div>
    <button type="button" class="icon-button" title="Keyboard shortcuts (?)"
      aria-label="Keyboard shortcuts" onClick=${onHelp}><${Icon} name="keyboard" /></button>
    <button type="button" class="icon-button" title="Sign out" aria-label="Sign out"
      onClick=${onSignOut}><${Icon} name="exit" /></button>
  </div>`;
}

function NoReading({ me, onSignOut }) {
  return html`<main class="door">
    <div class="door-card">
      <div class="brand"><span class="brand-mark"><${Icon} name="web" /></span>Frontdesk</div>
      <h1>Conversations are not in your role</h1>
      <p>
        You are signed in as <bdi>${me.name}</bdi> (${ROLES[me.role] ?? me.role}). This role does not
        read what customers write; it looks after the rest of the house.
      </p>
      <button type="button" class="wide" onClick=${onSignOut}>Sign in as somebody else</button>
    </div>
  </main>`;
}

function Desk({ me, onSignOut }) {
  const can = permissions(me);
  const [{ queue, id }, go] = usePlace();
  const list = useList(queue);
  const thread = useThread(id);
  const drafts = useDrafts();
  const users = useUsers(can.users);
  const [toast, showToast] = useToast();
  const [single, setSingle] = useSingleKeys();
  const [dialog, setDialog] = useState(null);
  const [customerOpen, setCustomerOpen] = useState(false);
  const [contactChange, setContactChange] = useState(0);
  const [busy, setBusy] = useState(false);
  const box = useRef(null);
  const shown = useRef(id);
  shown.current = id;

  const live = useLive({ list, thread, id, onContact: () => setContactChange((n) => n + 1) });
  const outgoing = useOutgoing(drafts.change, (conversation) =>
    conversation === shown.current ? thread.load() : null,
  );

  const data = thread.thread;
  const line = data?.line ?? null;
  const mine =
    line !== null && !line.closed && line.assignee === "user" && line.assignee_name === me.name;

  useEffect(() => {
    const waiting = list.counts?.team ?? 0;
    document.title = `${waiting ? `(${waiting}) ` : ""}${line ? `${line.contact_name} · ` : ""}Frontdesk`;
  }, [list.counts, line?.contact_name]);

  const open = (wanted) => (setCustomerOpen(false), go(queue, wanted));
  const write = (mode) => id !== null && drafts.change(id, { mode, focus: {} });

  async function perform(work, done, after) {
    if (line === null || busy) return;
    setBusy(true);
    try {
      await work(line.id);
      showToast(done);
      after?.(line.id);
    } catch (error) {
      showToast(error.message, "bad");
    } finally {
      setBusy(false);
      thread.load();
      list.load();
    }
  }

  function move(step) {
    const items = list.items ?? [];
    if (!items.length) return;
    const at = items.findIndex((item) => item.id === id);
    const next = at < 0 ? (step > 0 ? 0 : items.length - 1) : at + step;
    if (items[next]) open(items[next].id);
  }

  const free = line !== null && !line.closed;
  const act = {
    takeOver: () =>
      perform(api.takeOver, "You have taken over. The assistant is silent.", (taken) =>
        drafts.change(taken, { mode: "reply", focus: {} }),
      ),
    handBack: () => perform(api.handBack, "Handed back. The assistant answers again."),
    close: () => perform(api.close, "Closed."),
    assign: (user) => {
      setDialog(null);
      perform(
        (conversation) => api.assign(conversation, user ? userNumber(user.id) : null),
        user ? `Assigned to ${user.name}.` : "Back in the team's queue.",
      );
    },
    openAssign: () => setDialog("assign"),
    openReceipts: () => setDialog("receipts"),
    toggleCustomer: () => setCustomerOpen((is) => !is),
    leave: () => go(queue, null),
    retry: (item) => outgoing.retry(item, line?.last_message_id ?? item.seen),
    edit: outgoing.edit,
  };

  const may = {
    takeOver: free && can.reply && !mine && line.assignee !== "user",
    reply: free && can.reply,
    note: line !== null && can.note,
    handBack: free && can.assign && line.assignee !== "assistant",
    close: free && can.close,
    assign: free && can.assign && can.users,
    receipts: line !== null && can.receipts,
  };

  const commands = [
    { id: "take", label: "Take over", keys: "T", icon: "person", enabled: may.takeOver, run: act.takeOver },
    { id: "reply", label: "Reply", keys: "R", icon: "send", enabled: may.reply, run: () => write("reply") },
    { id: "note", label: "Private note", keys: "N", icon: "note", enabled: may.note, run: () => write("note") },
    { id: "back", label: "Hand back to the assistant", keys: "B", icon: "spark", enabled: may.handBack, run: act.handBack },
    { id: "assign", label: "Assign to…", icon: "team", enabled: may.assign, run: act.openAssign },
    { id: "close", label: "Close the conversation", keys: "E", icon: "archive", enabled: may.close, run: act.close },
    { id: "saw", label: "What the model saw", icon: "eye", enabled: may.receipts, run: act.openReceipts },
    { id: "next", label: "Next conversation", keys: "J", icon: "down", run: () => move(1) },
    { id: "previous", label: "Previous conversation", keys: "K", icon: "undo", run: () => move(-1) },
    ...QUEUES.map(({ id: name, name: label }) => ({
      id: `queue-${name}`, label: `Show: ${label}`, icon: "inbox", run: () => go(name, null),
    })),
    { id: "help", label: "Keyboard shortcuts", keys: "?", icon: "keyboard", run: () => setDialog("help") },
    { id: "out", label: "Sign out", icon: "exit", run: onSignOut },
  ];

  const byKey = { "ctrl+k": () => setDialog("palette"), "alt+j": () => move(1), "alt+k": () => move(-1) };
  for (const command of commands) {
    if (command.keys && command.enabled !== false) byKey[command.keys.toLowerCase()] = command.run;
  }
  useKeys(byKey, { single });

  function nameOf(actor) {
    const user = users?.find((one) => `user/${userNumber(one.id)}` === actor);
    return user?.name ?? (actor === `user/${userNumber(me.id)}` ? me.name : null);
  }

  const close = () => setDialog(null);
  const unit = me.units.find((one) => one.id === line?.unit_id);
  const view = id === null ? "list" : customerOpen ? "customer" : "thread";
  return html`<div class=${`desk view-${view}`}>
    <a class="skip" href="#conversation" onClick=${(event) => {
      event.preventDefault();
      document.getElementById("conversation")?.focus();
    }}>Skip to the conversation</a>
    <nav class="nav" aria-label="Queues">
      <div class="brand"><span class="brand-mark"><${Icon} name="web" /></span>Frontdesk</div>
      <${Queues} queue=${queue} counts=${list.counts} onQueue=${(wanted) => go(wanted, null)} />
      <${Account} me=${me} onSignOut=${onSignOut} onHelp=${() => setDialog("help")} />
    </nav>
    <section class="list" aria-label="Conversations">
      <header class="list-head">
        <h1>${QUEUES.find((entry) => entry.id === queue).name}</h1>
        <button type="button" class="find" onClick=${() => setDialog("palette")}>
          <${Icon} name="search" /><span>Find</span><kbd>Ctrl K</kbd>
        </button>
      </header>
      ${me.demo && html`<p class="demo">Demo data: none of these people exist.</p>`}
      <${List}
        queue=${queue} items=${list.items} more=${list.more} current=${id} me=${me}
        problem=${list.problem} onOpen=${open} onMore=${list.loadMore} onRetry=${list.load}
      />
    </section>
    <main class="thread" id="conversation" tabindex="-1" aria-label="Conversation">
      ${data
        ? html`<${Thread}
            thread=${data} me=${me} can=${can} act=${act} busy=${busy} mine=${mine} nameOf=${nameOf}
            outgoing=${outgoing.of(id)}
          >
            <${Composer}
              line=${line} expires=${data.window_expires_at} can=${can} mine=${mine} act=${act} box=${box}
              busy=${busy} draft=${drafts.of(id)} onDraft=${(patch) => drafts.change(id, patch)}
              onSend=${(mode, text) => outgoing.send(id, mode, text, line.last_message_id)}
            />
          </${Thread}>`
        : html`<${Nothing} id=${id} problem=${thread.problem} onLeave=${act.leave} />`}
    </main>
    ${line &&
    html`<aside class="customer" aria-label="Customer">
      <${Customer}
        line=${line} change=${contactChange} unitTitle=${unit?.title || unit?.name} can=${can}
        onClose=${act.toggleCustomer}
      />
    </aside>`}
    <div class="status" role="status" aria-live="polite">
      ${live === "waiting" &&
      html`<p class="toast toast-warn"><${Icon} name="alert" />Connection lost. Trying again…</p>`}
      ${toast && html`<p class=${`toast toast-${toast.tone}`}>${toast.text}</p>`}
    </div>
    ${dialog === "help" && html`<${Help} onClose=${close} single=${single} onSingle=${setSingle} />`}
    ${dialog === "palette" &&
    html`<${Palette} commands=${commands} items=${list.items} onOpen=${open} onClose=${close} />`}
    ${dialog === "assign" && line &&
    html`<${Assign} line=${line} users=${users} me=${me} onAssign=${act.assign} onClose=${close} />`}
    ${dialog === "receipts" && line && html`<${Receipts} id=${line.id} onClose=${close} />`}
  </div>`;
}

function Nothing({ id, problem, onLeave }) {
  if (id !== null && !problem) {
    return html`<div class="skeleton" role="status" aria-label="Loading the conversation">
      <div class="skeleton-row"></div><div class="skeleton-row"></div><div class="skeleton-row"></div>
    </div>`;
  }
  return html`<div class="empty" role=${problem ? "alert" : null}>
    <${Icon} name=${problem ? "alert" : "inbox"} />
    <p><strong>${problem ?? "No conversation is open"}</strong></p>
    ${problem
      ? html`<button type="button" onClick=${onLeave}>Back to the list</button>`
      : html`<p>Choose one from the list, or press <kbd>J</kbd>.</p>`}
  </div>`;
}

function App() {
  const [me, setMe] = useState(undefined);
  const [notice, setNotice] = useState(null);

  useEffect(() => {
    whenSignedOut(() => {
      setNotice("Your session has ended. Sign in again to go on.");
      setMe(null);
    });
    api.me().then(setMe, (error) => {
      if (error.status !== 401) setNotice(error.message);
      setMe(null);
    });
  }, []);

  async function signOut() {
    await api.signOut().catch(() => {});
    setNotice(null);
    setMe(null);
  }

  if (me === undefined) return html`<div class="door" aria-busy="true"></div>`;
  if (me === null) return html`<${SignIn} notice=${notice} onSignedIn=${setMe} />`;
  if (!me.permissions.includes("conversation:read")) {
    return html`<${NoReading} me=${me} onSignOut=${signOut} />`;
  }
  return html`<${Desk} key=${me.id} me=${me} onSignOut=${signOut} />`;
}

const root = document.getElementById("root");
root.textContent = "";
render(html`<${App} />`, root);
