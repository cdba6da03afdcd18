// The three panes, and what ties them together.
import { useEffect, useRef, useState } from "/web/vendor/hooks.js";
import { allowed, commands, useActs } from "./acts.js";
import { Composer } from "./composer.js";
import { Customer } from "./customer.js";
import { Assign, Help, userNumber } from "./dialogs.js";
import { useLive, usePlace, useSingleKeys, useToast, useUsers } from "./hooks.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { useDrafts, useList, useOutgoing, useThread } from "./inbox.js";
import { useKeys } from "./keys.js";
import { List, Queues } from "./list.js";
import { permissions } from "./me.js";
import { Palette } from "./palette.js";
import { Receipts } from "./receipts.js";
import { Thread } from "./thread.js";
import { QUEUES, ROLES } from "./words.js";

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

function Skip() {
  function skip(event) {
    event.preventDefault();
    document.getElementById("conversation")?.focus();
  }
  return html`<a class="skip" href="#conversation" onClick=${skip}>Skip to the conversation</a>`;
}

function Status({ live, toast }) {
  return html`<div class="status" role="status" aria-live="polite">
    ${live === "waiting" &&
    html`<p class="toast toast-warn"><${Icon} name="alert" />Connection lost. Trying again…</p>`}
    ${toast && html`<p class=${`toast toast-${toast.tone}`}>${toast.text}</p>`}
  </div>`;
}

function useTitle(counts, name) {
  useEffect(() => {
    const waiting = counts?.team ?? 0;
    document.title = `${waiting ? `(${waiting}) ` : ""}${name ? `${name} · ` : ""}Frontdesk`;
  }, [counts?.team, name]);
}

// Everything the desk knows and can do, for one person.
function useDesk(me, onSignOut) {
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
  const shown = useRef(null);
  shown.current = { id, load: thread.load };

  const live = useLive({ list, thread, id, onContact: () => setContactChange((n) => n + 1) });
  const outgoing = useOutgoing(drafts.change, (conversation) =>
    conversation === shown.current.id ? shown.current.load() : null,
  );

  const line = thread.thread?.line ?? null;
  const mine =
    line !== null && !line.closed && line.assignee === "user" && line.assignee_name === me.name;
  useTitle(list.counts, line?.contact_name);

  const open = (wanted) => (setCustomerOpen(false), go(queue, wanted));
  const { act, busy } = useActs({
    line,
    refresh: () => (thread.load(), list.load()),
    toast: showToast,
    draft: drafts.change,
    dialog: setDialog,
  });
  Object.assign(act, {
    toggleCustomer: () => setCustomerOpen((is) => !is),
    leave: () => go(queue, null),
    retry: (item) => outgoing.retry(item, line?.last_message_id ?? item.seen),
    edit: outgoing.edit,
  });

  function move(step) {
    const items = list.items ?? [];
    const at = items.findIndex((item) => item.id === id);
    const next = at < 0 ? (step > 0 ? 0 : items.length - 1) : at + step;
    if (items[next]) open(items[next].id);
  }

  const known = commands({
    act,
    may: allowed(line, can, mine),
    write: (mode) => drafts.change(id, { mode, focus: {} }),
    move,
    show: (wanted) => go(wanted, null),
    dialog: setDialog,
    signOut: onSignOut,
  });
  const byKey = {
    "ctrl+k": () => setDialog("palette"),
    "alt+j": () => move(1),
    "alt+k": () => move(-1),
  };
  for (const command of known) {
    if (command.keys && command.enabled !== false) byKey[command.keys.toLowerCase()] = command.run;
  }
  useKeys(byKey, { single });

  function nameOf(actor) {
    const user = users?.find((one) => `user/${userNumber(one.id)}` === actor);
    return user?.name ?? (actor === `user/${userNumber(me.id)}` ? me.name : null);
  }

  return {
    can, queue, id, go, list, thread, drafts, users, toast, single, setSingle, dialog, setDialog,
    customerOpen, contactChange, live, outgoing, line, mine, open, act, busy, known, nameOf,
  };
}

function ListPane({ me, desk }) {
  const { queue, id, list, open, setDialog } = desk;
  return html`<section class="list" aria-label="Conversations">
    <header class="list-head">
      <${id === null ? "h1" : "h2"}>${QUEUES.find((entry) => entry.id === queue).name}</>
      <button type="button" class="find" onClick=${() => setDialog("palette")}>
        <${Icon} name="search" /><span>Find</span><kbd>Ctrl K</kbd>
      </button>
    </header>
    ${me.demo && html`<p class="demo">Demo data: none of these people exist.</p>`}
    <${List}
      queue=${queue} items=${list.items} more=${list.more} current=${id} me=${me}
      problem=${list.problem} onOpen=${open} onMore=${list.loadMore} onRetry=${list.load}
    />
  </section>`;
}

function ThreadPane({ me, desk }) {
  const { id, thread, can, act, busy, mine, line, drafts, outgoing, nameOf } = desk;
  return html`<section class="thread" id="conversation" tabindex="-1" aria-label="Conversation">
    ${thread.thread
      ? html`<${Thread}
          thread=${thread.thread} me=${me} can=${can} act=${act} busy=${busy}
          nameOf=${nameOf} outgoing=${outgoing.of(id)}
        >
          <${Composer}
            line=${line} expires=${thread.thread.window_expires_at} can=${can} mine=${mine} act=${act}
            busy=${busy} draft=${drafts.of(id)} onDraft=${(patch) => drafts.change(id, patch)}
            onSend=${(mode, text) => outgoing.send(id, mode, text, line.last_message_id)}
          />
        </${Thread}>`
      : html`<${Nothing} id=${id} problem=${thread.problem} onLeave=${act.leave} />`}
  </section>`;
}

function Dialogs({ me, desk }) {
  const { dialog, setDialog, single, setSingle, known, list, open, line, users, act } = desk;
  const close = () => setDialog(null);
  if (dialog === "help") {
    return html`<${Help} onClose=${close} single=${single} onSingle=${setSingle} />`;
  }
  if (dialog === "palette") {
    return html`<${Palette} commands=${known} items=${list.items} onOpen=${open} onClose=${close} />`;
  }
  if (dialog === "assign" && line) {
    return html`<${Assign} line=${line} users=${users} me=${me} onAssign=${act.assign} onClose=${close} />`;
  }
  if (dialog === "receipts" && line) return html`<${Receipts} id=${line.id} onClose=${close} />`;
  return null;
}

export function Desk({ me, onSignOut }) {
  const desk = useDesk(me, onSignOut);
  const { queue, id, go, list, line, act, can, customerOpen } = desk;
  const unit = me.units.find((one) => one.id === line?.unit_id);
  const view = id === null ? "list" : customerOpen ? "customer" : "thread";
  return html`<div class=${`desk view-${view}`}>
    <${Skip} />
    <nav class="nav" aria-label="Queues">
      <div class="brand"><span class="brand-mark"><${Icon} name="web" /></span>Frontdesk</div>
      <${Queues} queue=${queue} counts=${list.counts} onQueue=${(wanted) => go(wanted, null)} />
      <${Account} me=${me} onSignOut=${onSignOut} onHelp=${() => desk.setDialog("help")} />
    </nav>
    <main class="panes">
      <${ListPane} me=${me} desk=${desk} />
      <${ThreadPane} me=${me} desk=${desk} />
    </main>
    ${line &&
    html`<aside class="customer" aria-label="Customer">
      <${Customer}
        line=${line} change=${desk.contactChange} unitTitle=${unit?.title || unit?.name} can=${can}
        onClose=${act.toggleCustomer}
      />
    </aside>`}
    <${Status} live=${desk.live} toast=${desk.toast} />
    <${Dialogs} me=${me} desk=${desk} />
  </div>`;
}
