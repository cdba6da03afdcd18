// Codes of the server, said to who looks after the house.

// What a permission lets somebody do: "may …".
export const PERMISSIONS = {
  "assistant:read": "see the assistants",
  "channel:read": "see the channel accounts",
  "channel:write": "connect and change channel accounts",
  "contact:list": "list customers",
  "contact:read": "read what is known of a customer",
  "contact:write": "change what is known of a customer",
  "conversation:assign": "assign conversations",
  "conversation:close": "close conversations",
  "conversation:note": "write private notes",
  "conversation:read": "read conversations",
  "conversation:reply": "reply to customers",
  "guardrails:read": "see and try the guardrails",
  "guardrails:release": "release guardrails that somebody else drafted",
  "guardrails:write": "draft guardrails",
  "inbox:read": "see deliveries that could not be read",
  "job:read": "see how the queue stands",
  "knowledge:read": "read and search the knowledge",
  "knowledge:release": "let releases of the knowledge out",
  "knowledge:write": "write the knowledge and propose releases",
  "ledger:read": "read and verify the ledger",
  "receipt:read": "see what the model saw",
  "role:read": "see roles and their grants",
  "statistics:read": "see the figures",
  "token:write": "make API tokens",
  "user:read": "see colleagues",
  "user:write": "add colleagues",
};

export const RESOURCES = {
  assistant: "Assistants",
  channel: "Channels",
  contact: "Customers",
  conversation: "Conversations",
  guardrails: "Guardrails",
  inbox: "Deliveries",
  job: "Jobs",
  knowledge: "Knowledge",
  ledger: "Ledger",
  receipt: "Model",
  role: "Roles",
  statistics: "Figures",
  token: "API tokens",
  user: "Colleagues",
};

// What an entry of the ledger says its actor did; {names} are filled from the entry.
export const ACTIONS = {
  "assistant:create": "hired {subject} with the role {role}",
  "channel:write": "changed {subject}: {change}",
  "case:add": "added {subject} to the regression set",
  "case:change": "changed {subject} of the regression set",
  "case:delete": "took {subject} out of the regression set",
  "contact:create": "noted a new customer on {channel}: {subject}",
  "contact:list": "listed {contacts} of {subject}",
  "contact:observe": "noted {fields} of {subject}",
  "contact:read": "read {fields} of {subject}",
  "conversation:assigned": "assigned {subject} to {to}",
  "conversation:bring_in": "brought in {subject} with {messages}",
  "conversation:closed": "closed {subject}",
  "conversation:handed_back": "handed {subject} back to the assistant",
  "conversation:handed_over": "handed {subject} over to people ({reason})",
  "conversation:list": "read a list with {conversations} of {subject}",
  "conversation:note": "wrote a private note in {subject}",
  "conversation:open": "opened {subject} on {channel}",
  "conversation:read": "read {subject}",
  "conversation:reply": "replied in {subject}",
  "demo:wipe": "removed the demo data of {subject}",
  "guard:flag": "found a message in {subject} that looks like an attempt to steer the assistant",
  "guard:limit": "asked no model about {subject}: a limit is reached ({limit})",
  "inbox:read": "read {subject} as it was delivered",
  "knowledge:calibrate": "set when the assistant dares to answer, by {subject}",
  "knowledge:delete": "deleted {subject}",
  "knowledge:discard": "discarded the draft of {subject}",
  "knowledge:gap": "settled {subject}: {state}",
  "knowledge:ingest": "took in {subject} as {chunks}",
  "knowledge:override": "let {subject} out although its rehearsal stopped it",
  "knowledge:propose": "proposed {subject}",
  "knowledge:refuse": "set {subject} aside",
  "knowledge:release": "let {subject} out",
  "knowledge:remove": "marked {subject} to go with the next release",
  "knowledge:rollback": "went back with {subject}",
  "knowledge:source": "added {subject}",
  "knowledge:withdraw": "withdrew knowledge with {subject}",
  "message:delete": "took back a message in {subject}",
  "message:delivered": "learned that a message of {subject} was delivered",
  "message:edit": "changed a message in {subject}",
  "message:failed": "could not deliver a message of {subject}: {error}",
  "message:internal": "kept a message of {subject} inside",
  "message:read": "learned that a message of {subject} was read",
  "message:receive": "wrote in {subject}",
  "message:received": "received a message of {subject}",
  "message:sending": "began to send a message of {subject}",
  "message:sent": "sent a message of {subject}",
  "message:unknown": "does not know whether a message of {subject} arrived",
  "message:withdrawn": "withdrew a message of {subject} before it left",
  "model:call": "asked the model {model} about {subject}",
  "policy:cases": "changed the {subject} to {rows} rows",
  "policy:draft": "drafted {subject}",
  "policy:refuse": "kept {subject} from going live: {refusal}",
  "policy:release": "released {subject}",
  "policy:rollback": "went back to {subject}",
  "receipt:read": "looked at what the model saw of {subject}",
  "refused": "was refused: the role does not allow to {permission}",
  "session:close": "signed out",
  "session:open": "signed in",
  "session:refuse": "was refused at the door: the password was wrong",
  "team:create": "set up {subject}",
  "token:create": "made {subject}",
  "token:revoke": "revoked {subject}",
  "unit:create": "set up {subject}",
  "user:create": "added {subject} with the role {role}",
};

// Why a policy version did not go live.
export const POLICY_REFUSALS = {
  author: "its author cannot release it",
  regression: "it fails the regression set",
  set_aside: "the draft was set aside",
};

export const REFUSALS = ["refused", "session:refuse"];

export const SUBJECTS = {
  assistant: "assistant",
  case: "regression question",
  channel_account: "channel account",
  contact: "customer",
  conversation: "conversation",
  document: "document",
  gap: "gap",
  policy: "policy version",
  policy_cases: "regression set",
  release: "proposal",
  source: "knowledge source",
  team: "team",
  token: "API token",
  unit: "unit",
  user: "colleague",
  webhook_inbox: "delivery",
};

export const ACCOUNTS = {
  active: { text: "Active", tone: "good" },
  needs_reauth: { text: "Needs a new sign-in", tone: "bad", hint: "The platform refuses our token. Nothing is sent; the queue is kept." },
  disabled: { text: "Switched off", tone: "quiet", hint: "Its webhook is unknown and nothing is sent." },
  misconfigured: { text: "Set up wrongly", tone: "bad" },
};

export const SOURCE_STATES = {
  ready: { text: "Ready", tone: "good" },
  indexing: { text: "Being indexed", tone: "wait" },
  failed: { text: "Partly failed", tone: "bad" },
};

export const KEPT = {
  unparsable: "Kept whole: a part of it could not be read",
  orphan: "Kept whole: signed well, but for an account that is not connected here",
};

export const CHECKS = {
  database: { name: "Database", ok: "At the right revision and answering." },
  ledger: { name: "Ledger writer", ok: "Every act gets its place in time." },
  queue: { name: "Queue", ok: "Jobs start in time." },
};
