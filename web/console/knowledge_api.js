// What the pages of the knowledge ask of the JSON API.
import { ApiError, call } from "/web/desk/api.js";

const at = "/api/v1/knowledge";

function query(fields) {
  const given = Object.entries(fields).filter(([, value]) => value !== "" && value != null);
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

const items = (path) => call("GET", path).then((answer) => answer.items);

// A file goes as it is; everything else is JSON.
async function upload(file, where) {
  const answer = await fetch(`${at}/sources/files${query({ ...where, name: file.name })}`, {
    method: "PUT", credentials: "same-origin", headers: { "Content-Type": "application/octet-stream" }, body: file,
  });
  const data = await answer.json().catch(() => null);
  if (!answer.ok) throw new ApiError(answer.status, data?.error ?? "", data?.detail ?? `The server answered with an error (${answer.status}).`);
  return data.items;
}

export const api = {
  sources: () => items(`${at}/sources`),
  upload,
  addWebsite: (site) => call("POST", `${at}/sources/website`, site),
  runSource: (id) => call("POST", `${at}/sources/${id}/run`),
  deleteSource: (id) => call("DELETE", `${at}/sources/${id}`),
  documents: (filter) => items(`${at}/documents${query(filter)}`),
  document: (id, version) => call("GET", `${at}/documents/${id}${query({ version })}`),
  addDocument: (document) => call("POST", `${at}/documents`, document),
  saveDocument: (id, edit) => call("PUT", `${at}/documents/${id}`, edit),
  removeDocument: (id) => call("DELETE", `${at}/documents/${id}`),
  deleteDocument: (id) => call("DELETE", `${at}/documents/${id}/forever`),
  discard: (id) => call("POST", `${at}/documents/${id}/discard`),
  withdraw: (id, reason) => call("POST", `${at}/documents/${id}/withdraw`, { reason }),
  difference: (id, before, after) => items(`${at}/documents/${id}/diff${query({ before, after })}`),
  changes: (unitId) => items(`${at}/changes${query({ unit_id: unitId })}`),
  releases: (unitId, before) => items(`${at}/releases${query({ unit_id: unitId, before, limit: 30 })}`),
  release: (id) => call("GET", `${at}/releases/${id}`),
  propose: (unitId, note, documents) => call("POST", `${at}/releases`, { unit_id: unitId, note, documents }),
  approve: (id, how = {}) => call("POST", `${at}/releases/${id}/approve`, how),
  promote: (id) => call("POST", `${at}/releases/${id}/promote`),
  refuse: (id) => call("POST", `${at}/releases/${id}/refuse`),
  rehearse: (id) => call("POST", `${at}/releases/${id}/rehearse`),
  rollback: (unitId, number) => call("POST", `${at}/releases/rollback`, { unit_id: unitId, number }),
  cases: (unitId) => items(`${at}/cases${query({ unit_id: unitId })}`),
  addCase: (unitId, wanted) => call("POST", `${at}/cases`, { unit_id: unitId, ...wanted }),
  saveCase: (id, wanted) => call("PUT", `${at}/cases/${id}`, wanted),
  deleteCase: (id) => call("DELETE", `${at}/cases/${id}`),
  gaps: (unitId, state) => items(`${at}/gaps${query({ unit_id: unitId, state })}`),
  suggestion: (id) => call("GET", `${at}/gaps/${id}/article`),
  settleGap: (id, drafted) => call("POST", `${at}/gaps/${id}/settle`, { drafted }),
  ask: (asked) => call("POST", `${at}/ask`, asked),
};
