// Codes of the guardrails, said to who tunes and checks them.

export const STATES = {
  draft: { text: "Draft", tone: "wait" },
  released: { text: "Live", tone: "good" },
  refused: { text: "Set aside", tone: "quiet" },
  retired: { text: "Was live", tone: "quiet" },
};

// What a value is: kinds of placeholders.
export const KINDS = {
  PERSON: "Name",
  EMAIL: "E-mail address",
  PHONE: "Phone number",
  ADDRESS: "Address",
  ZIP: "Postcode",
  CITY: "City",
  DOB: "Date of birth",
  USER_ID: "User id",
  ORDER_ID: "Order number",
  IBAN: "IBAN",
  CARD: "Card number",
  NATIONAL_ID: "National id",
  IP: "Network address",
  NUMBER: "Long number",
  LITERAL: "Looks like a placeholder",
  OTHER: "Other",
};

// By which rule something was found; "pattern x" is named by whoever wrote it.
export const RULES = {
  hide: "always hidden",
  conversation: "shown earlier in the conversation",
  directory: "another customer's name or street",
  literal: "looks like a placeholder",
  record: "the customer's record",
  Addresses: "form of an address",
  ChecksummedIds: "check digit",
  ContextNames: "words around a name",
  DigitRuns: "run of digits",
  Emails: "form of an e-mail address",
  Handles: "form of a user name",
  LabelledValues: "label before it",
  ListedNames: "list of names",
  NetworkAddresses: "form of a network address",
  PersonalFields: "name of the field",
  Phones: "form of a phone number",
  SecondOpinion: "second opinion",
  Tagger: "model of names",
};

export const ACTS = {
  allow: { text: "The assistant answers", tone: "good" },
  hand_over: { text: "People answer", tone: "wait" },
  opt_out: { text: "No more messages", tone: "wait" },
};

// Why the inbound screening decided as it did.
export const INBOUND = {
  "": "Nothing in it asks for anything else.",
  abuse: "It is abusive.",
  emergency: "Somebody may be in danger.",
  language: "It is in a language that the assistant does not answer in.",
  opt_out: "The customer wants no more messages.",
  topic: "It is about something the assistant does not talk about.",
  too_long: "It is longer than a model may read.",
  wants_person: "The customer asks for a person.",
};

// What speaks for an attempt to steer the assistant.
export const SIGNS = {
  addressed: "it is addressed to a machine",
  control_tokens: "marks that only models use",
  hidden_text: "text that nobody sees",
  hints: "words that attempts use",
  injection_suspected: "words that attempts use",
  model: "the model of attempts",
  override: "it sets instructions aside",
  prompt: "it asks for the instructions",
  smuggled: "instructions inside of data",
};

// Why the gate holds a reply back, or a statement of it.
export const GATE = {
  canary: "it holds a secret mark of ours",
  coverage: "no passage says this",
  empty: "nothing was left of it",
  entity: "a name stands in no passage",
  foreign_address: "it sends the customer to an address that no source names",
  foreign_value: "it holds a value of another customer",
  link: "it lost a link that it needs",
  negation: "a passage says the opposite",
  number: "a number, date or sum stands in no passage",
  placeholder: "it holds a placeholder of nobody",
  promise: "it promises something",
};

export const PROBLEMS = {
  act: "is met in another way",
  failed: "cannot be run: the guardrails would hand it to people",
  gate: "the gate decides otherwise",
  hidden: "hides what must be spared",
  not_hidden: "does not hide",
};

// How far the ledger vouches for a receipt.
export const STANDINGS = {
  none: "The ledger does not know it.",
  pending: "Its ledger entry gets its place within seconds: verify again then.",
  placed: "Its ledger entry has its place; the next checkpoint signs it.",
  signed: "Its ledger entry leads to a root that was signed.",
};

export const FAULTS = {
  body: "The body does not have the hash that the receipt names.",
  entry_differs: "The ledger names another hash.",
  entry_missing: "The ledger has no entry for it.",
  receipt_missing: "The ledger names it, but it is gone.",
  root: "Its entry does not lead to the ledger's signed root.",
  sealed: "Its body cannot be opened: body or hash were changed.",
  signature: "The checkpoint over its entry is not signed by this installation.",
};

export const STATUSES = {
  200: "Answered",
  failed: "Failed",
  sending: "Sent, no answer yet",
};

// Fields of a policy, in the order in which they are edited.
export const FIELDS = {
  name_threshold: "Names: hidden from this probability on",
  injection_threshold: "Attempts to steer: flagged from this score on",
  hide: "Always hidden",
  never_guess: "Never taken for a name or an address",
  patterns: "Own patterns",
  languages: "Languages it answers in",
  topics: "Topics for people",
  promises: "Forbidden promises",
  limits: "Limits",
  "limits.messages_per_contact_and_hour": "Messages of a customer per hour",
  "limits.characters_per_message": "Longest message a model reads, in characters",
  "limits.model_calls_per_turn": "Calls of a model per answer",
  "limits.tool_calls_per_turn": "Look-ups per answer",
  "limits.tokens_per_contact_and_day": "Tokens of a customer per day",
  "limits.tokens_per_unit_and_day": "Tokens of the unit per day",
  "limits.money_per_unit_and_day": "Money of the unit per day",
  "limits.price_per_million_prompt_tokens": "Price of a million tokens sent",
  "limits.price_per_million_completion_tokens": "Price of a million tokens received",
};

export const CHANGES = {
  added: "Added",
  removed: "Removed",
  changed: "Changed",
};
