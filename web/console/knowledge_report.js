// What the rehearsal of a release found.
import { humanize, plural } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { Icon } from "/web/desk/icons.js";
import { api } from "./knowledge_api.js";
import { SIGNS } from "./guardrails_words.js";
import { AUDIENCES, BLOCKING, CASE_PROBLEMS, GONE, STALE } from "./knowledge_words.js";
import { Section, Tag, useLoad } from "./kit.js";

const listed = (names) => (names?.length ? names.join(", ") : "nothing");

function Figure({ name, value, tone }) {
  return html`<div class="card figure"><h3>${name}</h3><p class=${`figure-value ${tone ?? ""}`}>${value}</p></div>`;
}

function Verdict({ report }) {
  const stopped = report.blocking ?? [];
  if (!stopped.length) {
    return html`<div class="outcome outcome-good"><${Icon} name="check" /><div><strong>Nothing stops it.</strong>
      <p>${report.cases?.total
        ? "Every question of the regression set comes out as it must, and no recent answer is lost."
        : "No recent answer is lost. There is no regression set yet: add the questions and prices that must never be wrong."}</p></div></div>`;
  }
  return html`<div class="outcome outcome-bad"><${Icon} name="alert" /><div>
    <strong>It is stopped.</strong>
    <ul aria-label="What stops it">${stopped.map((code) => html`<li key=${code}>${BLOCKING[code] ?? humanize(code)}</li>`)}</ul>
  </div></div>`;
}

function FailedCases({ cases, known }) {
  const question = (id) => known.find((one) => one.id === id)?.question ?? `Question ${id}`;
  return html`
    ${cases.failed.map(
      (row) => html`<li key=${row.id} class="finding">
        <p><${Tag} tone=${row.blocks ? "bad" : "quiet"}>${row.blocks ? "Stops it" : "As before"}</${Tag}> <strong><bdi>${question(row.id)}</bdi></strong></p>
        <p>${CASE_PROBLEMS[row.problem] ?? humanize(row.problem)}${row.cited?.length > 0 && html` <span class="quiet">Answered from ${listed(row.cited)}.</span>`}</p>
      </li>`,
    )}
    ${(cases.altered ?? []).map(
      (row, place) => html`<li key=${`altered-${place}`} class="finding">
        <p><${Tag} tone=${row.blocks ? "bad" : "quiet"}>${row.blocks ? "Stops it" : "To know"}</${Tag}> <strong><bdi>${question(row.id)}</bdi></strong></p>
        <p>${`This question of the regression set was ${row.act}${row.weaker ? ", and asks for less than before" : ""}.`}</p>
      </li>`,
    )}`;
}

function Replayed({ replay }) {
  const kinds = [["lost", "Lost", "bad"], ["changed", "Changed", "wait"], ["gained", "Gained", "good"]];
  return kinds.map(([kind, name, tone]) =>
    (replay[kind] ?? []).map(
      (row) => html`<li key=${`${kind}-${row.message}`} class="finding">
        <p><${Tag} tone=${tone}>${name}</${Tag}> <span>${`Message ${row.message}`}</span>${row.figures && html` <${Tag} tone="bad">Other figures</${Tag}>`}</p>
        <p class="quiet">${`Before from ${listed(row.before)}, now from ${listed(row.after)}.`}</p>
      </li>`,
    ),
  );
}

// Two sentences side by side, where they differ.
function Sides({ left, right }) {
  return html`<div class="sides">
    ${[left, right].map(
      ({ name, heading, text }, place) => html`<figure key=${place}>
        <figcaption><bdi>${name}</bdi>${heading && html`<span class="quiet"> › <bdi>${heading}</bdi></span>`}</figcaption>
        <blockquote dir="auto">${text || html`<span class="quiet">nothing</span>`}</blockquote>
      </figure>`,
    )}
  </div>`;
}

const confirmed = (row) => (row.confirmed_by?.length ? " A question of the regression set states this." : "");
const audience = (code) => AUDIENCES[code]?.name ?? code;

const FINDINGS = {
  contradictions: {
    name: "Contradiction", tone: "bad",
    show: (row) => html`<${Sides} left=${{ name: row.document, heading: row.heading, text: row.says }} right=${{ name: row.other, heading: row.other_heading, text: row.other_says }} />
      ${row.differs?.length > 0 && html`<p class="quiet">${row.differs.map(([one, two]) => `${one || "–"} against ${two || "–"}`).join("; ")}</p>`}`,
  },
  figures: {
    name: "Other figures", tone: "wait",
    show: (row) => html`<${Sides} left=${{ name: `${row.document}, before`, heading: row.heading, text: row.was }} right=${{ name: `${row.document}, now`, heading: row.heading, text: row.now }} />
      <p class="quiet">${row.denial ? "It denies what it said before, or the reverse." : `${listed(row.before)} became ${listed(row.after)}.`}${confirmed(row)}</p>`,
  },
  gone: { name: "Not told any more", tone: "wait", show: (row) => html`<p><bdi>${row.document}</bdi>${row.heading && ` › ${row.heading}`}: ${GONE[row.what] ?? row.what}.${confirmed(row)}</p>` },
  duplicates: { name: "Said twice", tone: "quiet", show: (row) => html`<p><bdi>${row.document}</bdi>${row.heading && ` › ${row.heading}`} and <bdi>${row.other}</bdi>${row.other_heading && ` › ${row.other_heading}`} say the same.</p>` },
  stale: { name: "To look after", tone: "quiet", show: (row) => html`<p><bdi>${row.document}</bdi>: ${STALE[row.why] ?? row.why} (${row.detail}).</p>` },
  opened: { name: "Opened to more", tone: "wait", show: (row) => html`<p><bdi>${row.document}</bdi>: ${audience(row.before)} became ${audience(row.after)}.</p>` },
  suspicious: { name: "Suspicious text", tone: "bad", show: (row) => html`<p><bdi>${row.document}</bdi>: ${listed(row.signs.map((sign) => SIGNS[sign] ?? sign))}.</p>` },
};

function Found({ findings }) {
  return Object.entries(FINDINGS).map(([kind, { name, tone, show }]) =>
    (findings[kind] ?? []).map(
      (row, place) => html`<li key=${`${kind}-${place}`} class="finding">
        <p><${Tag} tone=${row.blocks ? "bad" : tone}>${name}</${Tag}></p>
        ${show(row)}
      </li>`,
    ),
  );
}

function List({ title, count, children }) {
  if (!count) return null;
  return html`<h3 class="found-head">${title}</h3><ul class="found" aria-label=${title}>${children}</ul>`;
}

export function Report({ release, unit }) {
  const known = useLoad(() => api.cases(unit), [unit]);
  const { report } = release;
  if (release.state === "checking" || !report) {
    return html`<${Section} title="Rehearsal">
      <div class="outcome outcome-wait" role="status"><${Icon} name="clock" /><div><strong>${release.state === "checking" ? "It is being rehearsed." : "It was not rehearsed."}</strong>
        <p>${release.state === "checking" ? "The regression set and recent questions are tried on it. This page shows what comes of it." : "It was released by the installation itself."}</p></div></div>
    </${Section}>`;
  }
  const { cases = { total: 0, passed: 0, failed: [] }, replay = { messages: 0, same: 0 }, findings = {} } = report;
  const size = (list) => list?.length ?? 0;
  const all = Object.keys(FINDINGS).reduce((sum, kind) => sum + size(findings[kind]), 0);
  const replayed = size(replay.lost) + size(replay.changed) + size(replay.gained);
  return html`<${Section} title="Rehearsal" about=${`Tried on ${plural(cases.total, "question")} of the regression set and ${plural(replay.messages, "message")} of the last days.`}>
    <${Verdict} report=${report} />
    <div class="cards report-figures">
      <${Figure} name="Questions passed" value=${`${cases.passed} of ${cases.total}`} tone=${size(cases.failed) ? "bad" : ""} />
      <${Figure} name="Answers as before" value=${replay.same ?? 0} />
      <${Figure} name="Changed" value=${size(replay.changed)} />
      <${Figure} name="Lost" value=${size(replay.lost)} tone=${size(replay.lost) ? "bad" : ""} />
      <${Figure} name="Gained" value=${size(replay.gained)} />
    </div>
    <${List} title="Questions of the regression set" count=${size(cases.failed) + size(cases.altered)}><${FailedCases} cases=${cases} known=${known.data ?? []} /></${List}>
    <${List} title="Recent answers" count=${replayed}><${Replayed} replay=${replay} /></${List}>
    <${List} title="Findings in the texts" count=${all}><${Found} findings=${findings} /></${List}>
  </${Section}>`;
}
