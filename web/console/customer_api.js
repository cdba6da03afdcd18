// What the pages of the record ask of the JSON API.
import { call } from "/web/desk/api.js";

const query = (fields) => new URLSearchParams(Object.entries(fields).filter(([, value]) => value !== "" && value != null));
const items = (path) => call("GET", path).then((answer) => answer.items);
const contact = (id) => `/api/v1/contacts/${id}`;

export const record = {
  contacts: (filter) => items(`/api/v1/contacts?${query(filter)}`),
  search: (q) => call("GET", `/api/v1/search?${query({ q })}`),
  profile: (id) => call("GET", contact(id)),
  extras: (id) => call("GET", `${contact(id)}/extras`),
  timeline: (id, mark) => call("GET", `${contact(id)}/timeline?${query({ mark, limit: 30 })}`),
  history: (id, field) => items(`${contact(id)}/history?${query({ field })}`),
  seenBy: (id, before) => items(`${contact(id)}/seen-by?${query({ before })}`),
  change: (id, changes) => call("PATCH", `${contact(id)}/attributes`, { changes }),
  addNote: (id, text) => call("POST", `${contact(id)}/notes`, { text }),
  removeNote: (id, note) => call("DELETE", `${contact(id)}/notes/${note}`),
  setLabels: (id, labels) => call("PUT", `${contact(id)}/labels`, { labels }),
  setFollowUp: (id, plan) => call("PUT", `${contact(id)}/follow-up`, plan),
  labels: (unitId) => items(`/api/v1/labels?${query({ unit_id: unitId })}`),
  addLabel: (label) => call("POST", "/api/v1/labels", label),
  removeLabel: (id) => call("DELETE", `/api/v1/labels/${id}`),
  segments: (unitId) => items(`/api/v1/segments?${query({ unit_id: unitId })}`),
  fields: (unitId) => items(`/api/v1/fields?${query({ unit_id: unitId })}`),
  addField: (field) => call("POST", "/api/v1/fields", field),
  users: () => items("/api/v1/users"),
};
