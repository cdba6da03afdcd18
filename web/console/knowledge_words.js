// Codes of the knowledge, said to who writes and releases it.

export const VIEWS = {
  articles: "Articles",
  sources: "Sources",
  releases: "Releases",
  cases: "Questions",
  gaps: "Gaps",
  try: "Try a question",
};

export const ARTICLE_STATES = {
  live: { text: "Live", tone: "good" },
  changed: { text: "Draft over live", tone: "wait" },
  draft: { text: "Draft", tone: "wait" },
  removed: { text: "Goes with the next release", tone: "bad" },
  withdrawn: { text: "Not served any more", tone: "quiet" },
};

export const AUDIENCES = {
  public: { name: "Everybody", about: "Customers are told, and the help centre shows it." },
  customers: { name: "Customers who ask", about: "Customers are told; the help centre does not show it." },
  team: { name: "Colleagues only", about: "No customer is told, and the help centre does not show it." },
};

export const SOURCE_KINDS = {
  files: "Files",
  articles: "Written here",
  website: "Website",
  api: "API",
};

export const RELEASE_STATES = {
  checking: { text: "Being rehearsed", tone: "wait" },
  passed: { text: "Rehearsed: nothing found", tone: "good" },
  failed: { text: "Rehearsed: stopped", tone: "bad" },
  canary: { text: "Tried on some", tone: "wait" },
  live: { text: "Live", tone: "good" },
  retired: { text: "Was live", tone: "quiet" },
  refused: { text: "Set aside", tone: "quiet" },
};

export const RELEASE_KINDS = {
  change: "Change",
  rollback: "Way back",
  withdrawal: "Withdrawal",
};

export const CHANGE_KINDS = {
  added: { text: "New", tone: "good" },
  changed: { text: "Changed", tone: "wait" },
  removed: { text: "Goes", tone: "bad" },
};

// Why a release is stopped.
export const BLOCKING = {
  not_rehearsed: "It could not be rehearsed.",
  case_failed: "A question of the regression set does not come out as it must.",
  case_altered: "Whoever wrote or proposed this made a question of the regression set ask for less.",
  answer_lost: "A question that customers asked lately would not be answered any more.",
  answer_changed: "A question that customers asked lately would be answered with other figures.",
  figures_changed: "A document says other figures than before, and no question of the regression set states them.",
  knowledge_gone: "Something that customers were told would not be told any more.",
  contradiction: "A new sentence says otherwise than another page.",
  suspicious: "A text seems to give orders to the assistant.",
};

// What became of a question of the regression set.
export const CASE_PROBLEMS = {
  answered: "It is answered, though people should answer.",
  not_answered: "It is not answered.",
  other_document: "It is answered from another document.",
  not_held: "The answer does not hold the words that it must.",
};

export const STALE = {
  expired: "It has expired",
  expires: "It expires soon",
  unchanged: "It has not been changed for long",
  dead_link: "It links to a page that is gone",
};

export const GONE = {
  document: "The whole document",
  passage: "A passage",
  hidden: "Hidden from customers by its audience or dates",
};

export const FILE_STATES = {
  added: { text: "New", tone: "good" },
  updated: { text: "Changed", tone: "wait" },
  unchanged: { text: "As before", tone: "quiet" },
  failed: { text: "Not read", tone: "bad" },
  removed: { text: "Gone", tone: "bad" },
};

export const GAP_STATES = {
  open: "Open",
  drafted: "An article is drafted",
  dismissed: "Nothing to write",
};

export const READERS = {
  customers: "A customer",
  anyone: "A reader of the help centre",
  colleagues: "A colleague",
};
