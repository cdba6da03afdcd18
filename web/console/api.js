// What the console asks of the JSON API.
import { call } from "/web/desk/api.js";

function query(fields) {
  const given = Object.entries(fields).filter(([, value]) => value !== "" && value != null);
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

const items = (path) => call("GET", path).then((answer) => answer.items);

// The probe answers 503 with the same words when something is wrong: that is an answer, too.
async function readiness() {
  const answer = await fetch("/readyz", { credentials: "same-origin" });
  const checks = await answer.json();
  if (typeof checks?.database !== "string") throw new Error("The server does not say how it is.");
  return checks;
}

const guardrails = "/api/v1/guardrails";

export const api = {
  readiness,
  jobs: () => call("GET", "/api/v1/jobs"),
  sources: () => items("/api/v1/knowledge/sources"),
  channels: () => items("/api/v1/channels"),
  connect: (account) => call("POST", "/api/v1/channels", account),
  kept: () => items("/api/v1/inbox"),
  users: () => items("/api/v1/users"),
  assistants: () => items("/api/v1/assistants"),
  roles: () => items("/api/v1/roles"),
  tokens: () => items("/api/v1/tokens"),
  createToken: (token) => call("POST", "/api/v1/tokens", token),
  revokeToken: (id) => call("DELETE", `/api/v1/tokens/${id}`),
  policies: (unitId) => call("GET", `${guardrails}/policies${query({ unit_id: unitId })}`),
  policy: (unitId, number) => call("GET", `${guardrails}/policies/${number}${query({ unit_id: unitId })}`),
  draft: (draft) => call("POST", `${guardrails}/policies`, draft),
  release: (unitId, number, live) => call("POST", `${guardrails}/policies/${number}/release`, { unit_id: unitId, live }),
  refuse: (unitId, number) => call("POST", `${guardrails}/policies/${number}/refuse`, { unit_id: unitId }),
  rollback: (unitId, number, live) => call("POST", `${guardrails}/policies/${number}/rollback`, { unit_id: unitId, live }),
  cases: (unitId) => call("GET", `${guardrails}/cases${query({ unit_id: unitId })}`),
  saveCases: (cases) => call("PUT", `${guardrails}/cases`, cases),
  runCases: (chosen) => call("POST", `${guardrails}/cases/run`, chosen),
  tryOut: (asked) => call("POST", `${guardrails}/playground`, asked),
  receipts: (filter) => items(`${guardrails}/receipts${query(filter)}`),
  receipt: (id) => call("GET", `${guardrails}/receipts/${id}`),
  proveReceipt: (id) => call("GET", `${guardrails}/receipts/${id}/verify`),
  entries: (filter) => items(`/api/v1/ledger${query(filter)}`),
  verify: () => call("GET", "/api/v1/ledger/verify"),
  whoSaw: (id, period) => items(`/api/v1/ledger/who-saw/${id}${query(period)}`),
  acts: (actor, period) => items(`/api/v1/ledger/acts${query({ actor, ...period })}`),
  touched: (asked) => call("GET", `/api/v1/ledger/touched${query(asked)}`),
  askExport: (id, reason) => call("POST", `/api/v1/conversations/${id}/export`, { reason }),
};
