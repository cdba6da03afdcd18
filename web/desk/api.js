// The JSON API of the server. Everything the desk knows came through here.

export class ApiError extends Error {
  constructor(status, name, detail, retryAfter = 0) {
    super(detail);
    this.status = status;
    this.kind = name;
    this.retryAfter = retryAfter;
  }
}

const OFFLINE = "The server cannot be reached. Nothing was lost; try again in a moment.";

const PLAIN = {
  401: "You are signed out. Sign in again to go on.",
  403: "Your role does not allow this.",
  404: "This is not here any more.",
  409: "A colleague was faster.",
  429: "Too many attempts. Wait a moment and try again.",
  503: "The server is busy or starting. Try again in a moment.",
};

let onSignedOut = () => {};

// Called once whenever an answer says that the session has ended.
export function whenSignedOut(callback) {
  onSignedOut = callback;
}

// One request; the answer is read, or the refusal becomes an `ApiError` that a person can read.
export async function call(method, path, body, { quiet = false } = {}) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      credentials: "same-origin",
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new ApiError(0, "Offline", OFFLINE);
  }
  if (answer.status === 204) return null;
  const data = await answer.json().catch(() => null);
  if (answer.ok) return data;
  if (answer.status === 401 && !quiet) onSignedOut();
  const said = typeof data?.detail === "string" ? sentence(data.detail) : null;
  const fallback = PLAIN[answer.status] ?? `The server answered with an error (${answer.status}).`;
  throw new ApiError(
    answer.status,
    data?.error ?? "",
    said ?? fallback,
    Number(answer.headers.get("Retry-After")) || 0,
  );
}

function sentence(text) {
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}

const conversation = (id) => `/api/v1/conversations/${id}`;

export const api = {
  me: () => call("GET", "/api/v1/me", undefined, { quiet: true }),
  // Unlike `me`, this ends the session on the screen when the server has ended it.
  stillSignedIn: () => call("GET", "/api/v1/me"),
  signIn: (email, password) =>
    call("POST", "/api/v1/session", { email, password }, { quiet: true }),
  signOut: () => call("DELETE", "/api/v1/session", undefined, { quiet: true }),
  conversations(queue, before) {
    const query = new URLSearchParams(before ? { queue, before } : { queue });
    return call("GET", `/api/v1/conversations?${query}`);
  },
  conversation: (id) => call("GET", conversation(id)),
  takeOver: (id) => call("POST", `${conversation(id)}/take-over`),
  handBack: (id) => call("POST", `${conversation(id)}/hand-back`),
  close: (id) => call("POST", `${conversation(id)}/close`),
  assign: (id, userId) => call("POST", `${conversation(id)}/assign`, { user_id: userId }),
  reply: (id, text, seen) => call("POST", `${conversation(id)}/messages`, { text, seen }),
  note: (id, text) => call("POST", `${conversation(id)}/notes`, { text }),
  receipts: (id) => call("GET", `${conversation(id)}/receipts`),
  reportGap: (messageId) => call("POST", `/api/v1/conversations/messages/${messageId}/gap`),
  contact: (id) => call("GET", `/api/v1/contacts/${id}`),
  users: () => call("GET", "/api/v1/users"),
};
