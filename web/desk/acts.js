// What can be done with the open conversation: by button, by key, or from the palette.
import { useState } from "/web/vendor/hooks.js";
import { api } from "./api.js";
import { userNumber } from "./dialogs.js";
import { QUEUES } from "./words.js";

// Acts on the open conversation; one at a time, each followed by a fresh look.
export function useActs({ line, refresh, toast, draft, dialog }) {
  const [busy, setBusy] = useState(false);

  async function perform(work, done, after) {
    if (line === null || busy) return;
    setBusy(true);
    try {
      await work(line.id);
      toast(done);
      after?.(line.id);
    } catch (error) {
      toast(error.message, "bad");
    } finally {
      setBusy(false);
      refresh();
    }
  }

  const act = {
    takeOver: () =>
      perform(api.takeOver, "You have taken over. The assistant is silent.", (taken) =>
        draft(taken, { mode: "reply", focus: {} }),
      ),
    handBack: () => perform(api.handBack, "Handed back. The assistant answers again."),
    close: () => perform(api.close, "Closed."),
    assign: (user) => {
      dialog(null);
      perform(
        (conversation) => api.assign(conversation, user ? userNumber(user.id) : null),
        user ? `Assigned to ${user.name}.` : "Back in the team's queue.",
      );
    },
    lack: (message) =>
      perform(() => api.reportGap(message.id), "Noted as missing. The console shows it under Gaps."),
    openAssign: () => dialog("assign"),
    openReceipts: () => dialog("receipts"),
  };
  return { act, busy };
}

// Which acts make sense right now.
export function allowed(line, can, mine) {
  const free = line !== null && !line.closed;
  return {
    takeOver: free && can.reply && line.assignee !== "user",
    reply: free && can.reply && (mine || line.assignee !== "user"),
    note: line !== null && can.note,
    handBack: free && can.assign && line.assignee !== "assistant",
    close: free && can.close,
    assign: free && can.assign && can.users,
    receipts: line !== null && can.receipts,
  };
}

// The same list serves the palette and the keyboard.
export function commands({ act, may, write, move, show, dialog, signOut }) {
  return [
    { id: "take", label: "Take over", keys: "T", icon: "person", enabled: may.takeOver, run: act.takeOver },
    { id: "reply", label: "Reply", keys: "R", icon: "send", enabled: may.reply, run: () => write("reply") },
    { id: "note", label: "Private note", keys: "N", icon: "note", enabled: may.note, run: () => write("note") },
    { id: "back", label: "Hand back to the assistant", keys: "B", icon: "spark", enabled: may.handBack, run: act.handBack },
    { id: "assign", label: "Assign to…", icon: "team", enabled: may.assign, run: act.openAssign },
    { id: "close", label: "Close the conversation", keys: "E", icon: "archive", enabled: may.close, run: act.close },
    { id: "saw", label: "What the model saw", icon: "eye", enabled: may.receipts, run: act.openReceipts },
    { id: "next", label: "Next conversation", keys: "J", icon: "down", run: () => move(1) },
    { id: "previous", label: "Previous conversation", keys: "K", icon: "up", run: () => move(-1) },
    ...QUEUES.map(({ id, name }) => ({
      id: `queue-${id}`, label: `Show: ${name}`, icon: "inbox", run: () => show(id),
    })),
    { id: "help", label: "Keyboard shortcuts", keys: "?", icon: "keyboard", run: () => dialog("help") },
    { id: "out", label: "Sign out", icon: "exit", run: signOut },
  ];
}
