// The record in words: labels, follow-ups, fields, and moments of a story.
import { humanize, languageName, regionName } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { ATTRIBUTES, channelName, sourceName } from "/web/desk/words.js";
import { Tag } from "./kit.js";

export const COLOURS = ["grey", "red", "orange", "yellow", "green", "teal", "blue", "purple"];

export const FOLLOW_UPS = {
  open: { text: "To do", tone: "bad" },
  waiting: { text: "Waiting", tone: "wait" },
  done: { text: "Done", tone: "good" },
};

export const FIELD_TYPES = {
  text: "Text", number: "Number", date: "Date", yes_no: "Yes or no", choice: "Choice", email: "E-mail", phone: "Phone", url: "Web address",
};

export const DATA_CLASSES = {
  none: "None: says nothing of a person",
  contact: "Contact: how to reach somebody",
  personal: "Personal",
  sensitive: "Sensitive: never in a prompt, a list or the search",
};

export function LabelTag({ label }) {
  return html`<span class=${`label label-${label.colour}`}><bdi>${label.name}</bdi></span>`;
}

export function FollowUpTag({ plan }) {
  const said = FOLLOW_UPS[plan.state];
  const late = plan.state !== "done" && plan.due_on && plan.due_on < new Date().toISOString().slice(0, 10);
  return html`<span class="tags"><${Tag} tone=${late ? "bad" : said.tone}>${said.text}${plan.due_on ? ` by ${plan.due_on}` : ""}</${Tag}>
    ${plan.owner_name && html`<span class="quiet"><bdi>${plan.owner_name}</bdi></span>`}</span>`;
}

export const fieldLabel = (name, own = {}) =>
  own[name] ?? ATTRIBUTES[name] ?? humanize(name.replace(/^(custom|channel)\.(sensitive\.)?/, ""));

export function shown(name, value) {
  if (name === "country") return regionName(value);
  if (name === "language") return languageName(value);
  return value;
}

const who = (source, name) => name || (source.startsWith("user/") ? "a colleague" : source.startsWith("import/") ? "a file that was brought in" : sourceName(source));
export const origin = (source, name = "") => (source in { whatsapp: 1, telegram: 1, web: 1, email: 1 } ? channelName(source) : who(source, name));

export const MOMENTS = {
  message: "Message", note: "Note", event: "Hand-over", field: "Field", conversation: "Conversation opened",
  "contact:label": "Labels changed", "contact:follow_up": "Follow-up changed", "contact:merge": "Merged with another record",
  "contact:unmerge": "Taken apart from another record", "contact:share": "Shared with another unit",
};

export const PURPOSES = { desk: "at the desk", timeline: "the timeline", history: "the history of a field", record: "labels, notes and follow-up", service: "to answer" };
