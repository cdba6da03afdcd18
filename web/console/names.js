// Names for the ids in the ledger, as far as the role may know them, and entries as sentences.
import { useEffect, useState } from "/web/vendor/hooks.js";
import { humanize, plural } from "/web/desk/format.js";
import { ATTRIBUTES, ROLES, channelName, errorText, reasonTitle } from "/web/desk/words.js";
import { api } from "./api.js";
import { nameOfUnit } from "./kit.js";
import { ACTIONS, PERMISSIONS, POLICY_REFUSALS, SUBJECTS } from "./words.js";

export function useNames(me) {
  const [known, setKnown] = useState({ "system/0": "Frontdesk", [`user/${me.id}`]: me.name });
  useEffect(() => {
    const may = (permission) => me.permissions.includes(permission);
    const learn = (kind) => (items) =>
      setKnown((before) => ({
        ...before,
        ...Object.fromEntries(items.map((item) => [`${kind}/${item.id}`, item.name])),
      }));
    // Without names the ids are shown: that is no error.
    if (may("user:read")) api.users().then(learn("user"), () => {});
    if (may("assistant:read")) api.assistants().then(learn("assistant"), () => {});
  }, []);

  function named(id) {
    const [kind, number] = String(id).split("/");
    if (kind === "unit") return nameOfUnit(me, Number(number));
    if (known[id]) return known[id];
    return kind in SUBJECTS && number ? `${SUBJECTS[kind]} ${number}` : String(id);
  }

  return { named, known };
}

// At most three names, and how many more there are.
function listed(names) {
  if (names.length <= 3) return names.join(", ") || "nothing";
  return `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;
}

const fieldName = (name) => (ATTRIBUTES[name] ?? humanize(name)).toLowerCase();

const size = (value) => (Array.isArray(value) ? value.length : value);

// "read {subject}" filled from the entry. What the server does not say is left as a dash.
export function sentence(entry, named) {
  const { detail } = entry;
  const template = ACTIONS[entry.action];
  if (!template) return `${humanize(entry.action).toLowerCase()}: ${named(entry.subject)}`;
  const fill = {
    subject: () => named(entry.subject),
    to: () => (detail.to === "team" ? "the team's queue" : named(detail.to)),
    role: () => ROLES[detail.role] ?? detail.role,
    permission: () => PERMISSIONS[detail.permission] ?? detail.permission,
    channel: () => channelName(detail.channel),
    refusal: () => POLICY_REFUSALS[detail.refusal] ?? detail.refusal,
    reason: () => reasonTitle(detail.reason).toLowerCase(),
    error: () => errorText(detail.error),
    fields: () => listed(detail.fields.map(fieldName)),
    messages: () => plural(size(detail.messages), "message"),
    chunks: () => plural(size(detail.chunks), "passage"),
    contacts: () => plural(size(detail.contacts), "customer"),
    conversations: () => plural(size(detail.conversations), "conversation"),
  };
  return template.replace(/\{(\w+)\}/g, (_, name) => {
    if (name !== "subject" && detail[name] == null) return "–";
    return fill[name]?.() ?? String(detail[name]);
  });
}
