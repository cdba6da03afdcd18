// Codes of the server, said to a person.

// Why the assistant handed a conversation over: `title` for the list, `sentence` for the banner.
export const REASONS = {
  wants_person: {
    title: "Asked for a person",
    sentence: "The customer asked for a person.",
  },
  no_answer: {
    title: "No answer found",
    sentence: "The knowledge base holds no answer to this question.",
  },
  knowledge_away: {
    title: "Knowledge base away",
    sentence: "The knowledge base could not be searched, so nothing was answered.",
  },
  unverified: {
    title: "Not proven who it is",
    sentence: "The customer asked about an account, and the assistant could not make sure whose it is.",
  },
  not_text: {
    title: "Not a text",
    sentence: "The customer sent something the assistant cannot read, such as a picture or a voice message.",
  },
  abuse: {
    title: "Harsh words",
    sentence: "The message is abusive. The assistant did not answer it.",
  },
  emergency: {
    title: "Possible emergency",
    sentence: "The message may be about an emergency. Please read it at once.",
  },
  opt_out: {
    title: "Wants no messages",
    sentence: "The customer asked to get no more messages.",
  },
  turn_limit: {
    title: "Long conversation",
    sentence: "The assistant has answered as often as it may in one conversation.",
  },
  model_failed: {
    title: "Model unavailable",
    sentence: "The language model did not answer, and the knowledge base alone was not enough.",
  },
  masking_failed: {
    title: "Kept from the model",
    sentence: "Personal details could not be masked with certainty, so nothing was sent to the model.",
  },
  unsafe_answer: {
    title: "Draft refused",
    sentence: "The drafted answer did not pass the checks and was not sent.",
  },
  topic: {
    title: "Not for the assistant",
    sentence: "The message is about something the assistant does not talk about.",
  },
  language: {
    title: "Another language",
    sentence: "The customer writes in a language the assistant is not to answer in.",
  },
  too_long: {
    title: "Very long message",
    sentence: "The message is longer than the assistant is to read.",
  },
  over_limit: {
    title: "Limit reached",
    sentence: "This customer, or the whole unit, has used up what the assistant may spend.",
  },
  no_assistant: {
    title: "No assistant here",
    sentence: "No assistant answers on this channel.",
  },
  native_app: {
    title: "Answered in the app",
    sentence: "A colleague answered from the channel's own app.",
  },
  error: {
    title: "Something went wrong",
    sentence: "The assistant stopped because of an internal error.",
  },
};

export const reasonTitle = (code) => REASONS[code]?.title ?? "Needs a person";
export const reasonSentence = (code) =>
  REASONS[code]?.sentence ?? "The assistant handed this conversation over.";

export const CHANNELS = {
  web: "Web chat",
  whatsapp: "WhatsApp",
  telegram: "Telegram",
  messenger: "Messenger",
  instagram: "Instagram",
  line: "LINE",
  email: "E-mail",
};

export const channelName = (code) => CHANNELS[code] ?? code;

export const QUEUES = [
  { id: "mine", name: "Mine", empty: "Nothing is assigned to you.", hint: "Take one over from the team's queue." },
  { id: "team", name: "Team", empty: "Nobody is waiting.", hint: "Conversations the assistant hands over appear here." },
  { id: "assistant", name: "Assistant", empty: "The assistant has nothing to do.", hint: "Conversations it answers appear here." },
  { id: "all", name: "All open", empty: "No open conversations.", hint: "New ones appear here by themselves." },
  { id: "closed", name: "Closed", empty: "Nothing has been closed yet.", hint: "A closed conversation stays readable here." },
];

export const STATUSES = {
  received: null,
  internal: null,
  queued: { text: "Waiting to be sent", tone: "quiet", icon: "clock" },
  sending: { text: "Sending…", tone: "quiet", icon: "clock" },
  sent: { text: "Sent", tone: "quiet", icon: "check" },
  delivered: { text: "Delivered", tone: "quiet", icon: "checks" },
  read: { text: "Read", tone: "good", icon: "checks" },
  failed: { text: "Not delivered", tone: "bad", icon: "alert" },
  unknown: {
    text: "Unclear whether this arrived",
    tone: "warn",
    icon: "question",
  },
  withdrawn: { text: "Withdrawn before sending: a person took over", tone: "quiet", icon: "undo" },
};

// Why a channel did not take a message: a kind, and sometimes the platform's own code after it.
export const ERRORS = {
  throttled_account: "the channel asks us to slow down",
  throttled_recipient: "the channel limits messages to this customer",
  transient: "the channel has trouble; it is tried again",
  unknown: "the channel fell silent after it got the message",
  no_report: "the channel never reported what became of it",
  window_closed: "the customer's 24-hour window is closed",
  account_disabled: "this channel account is switched off",
  gone: "the customer cannot be reached here any more",
  auth: "the channel's access has expired; an administrator must renew it",
  bad_request: "the channel refused the message",
};

export function errorText(error) {
  const [kind, ...code] = String(error).split(":");
  const said = ERRORS[kind] ?? kind.replace(/_/g, " ");
  return code.length ? `${said} (${code.join(":")})` : said;
}

export const OUTCOMES = {
  handed_over: "For a person",
  joined: "Read together with the next message",
};

export const CONTENT = {
  image: "Picture",
  audio: "Audio",
  voice: "Voice message",
  video: "Video",
  document: "Document",
  file: "File",
  sticker: "Sticker",
  location: "Location",
  contact: "Contact card",
  contacts: "Contact card",
  reaction: "Reaction",
  unsupported: "A kind of message that cannot be shown here",
  unknown: "A kind of message that cannot be shown here",
};

export const contentName = (type) => CONTENT[type] ?? type.replace(/_/g, " ");

export const ATTRIBUTES = {
  name: "Name",
  email: "E-mail",
  phone: "Phone",
  language: "Language",
  country: "Country",
  company: "Company",
  birthday: "Birthday",
  "address.street": "Street",
  "address.zip": "Postcode",
  "address.city": "City",
  "marketing.opt_in": "Newsletter",
  "order.last.number": "Number",
  "order.last.status": "Status",
  "order.last.total": "Total",
  "order.last.item": "Item",
  "order.last.tracking": "Tracking",
  "deal.stage": "Stage",
  "deal.value": "Value",
  "deal.next_step": "Next step",
  "risk.note": "Risk",
  "loyalty.tier": "Tier",
  "loyalty.points": "Points",
};

export const GROUPS = {
  "": "Profile",
  order: "Last order",
  loyalty: "Loyalty",
  address: "Address",
  marketing: "Marketing",
  deal: "Deal",
  channel: "Channels",
  risk: "Care",
};

export const SOURCES = {
  form: "filled in by the customer",
  crm: "from the customer database",
  channel: "told by the channel",
  contact: "said by the customer",
};

export const sourceName = (code) => SOURCES[code] ?? code;

// The parts of a verdict that have a name of their own; anything else is shown as it is.
export const VERDICT = {
  kind: "How it was written",
  answerable: "Evidence that the sources hold the answer",
  removed: "Taken out before sending",
  calls: "Calls of the model",
  instead_of: "Quoted instead of a draft, because",
};

// Why a draft of the model was not sent, or which sentence held it back.
export const REFUSALS = {
  canary: "it repeated the assistant's own instructions",
  coverage: "no source says what it says",
  empty: "nothing was left of it",
  entity: "it names something that its source does not name",
  foreign_address: "it sends the customer to an address that no source names",
  foreign_value: "it holds a value of another customer",
  garbage: "the model's answer could not be read",
  limit: "the model took too many steps",
  link: "it lost a link that it needs",
  negation: "its source says the opposite",
  no_source: "it rests on no source",
  not_in_sources: "the model found no answer in the sources",
  number: "a number, date or sum does not stand in its source",
  placeholder: "it holds a placeholder that stands for nobody",
  promise: "it promises something in the company's name",
  refusal: "the model declined to answer",
  server: "the model's server failed",
  throttled: "the model's server asked to slow down",
  timeout: "the model took too long",
  request: "the model server did not take the question",
  unreachable: "the model could not be reached",
};

export const KINDS = {
  quoted: "Quoted word for word from the source",
  generated: "Written by the model, checked against the sources",
  courtesy: "A set phrase",
  clarify: "Asked what exactly is meant: the evidence was nearly enough",
  notice: "A set phrase: the notice that an AI answers",
  opt_out: "A set phrase: the wish for no messages was noted",
  not_text: "A set phrase: only text can be read",
};

export const ROLES = {
  service: "Service",
  sales: "Sales",
  management: "Management",
  admin: "Administration",
};
