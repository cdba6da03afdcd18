// Try a question: what is found, how sure that is, and what the assistant would do.
import { useState } from "/web/vendor/hooks.js";
import { headingOf, languageName } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { Icon } from "/web/desk/icons.js";
import { api } from "./api.js";
import { Empty, Problem, Section, UnitField, nameOfUnit } from "./kit.js";

// The assistant's own threshold.
const ENOUGH = 0.5;

const percent = (share) => `${Math.round(share * 100)}\u00a0%`;

function Bar({ share, mark }) {
  const width = Math.max(0, Math.min(1, share)) * 200;
  return html`<svg class="bar" viewBox="0 0 200 8" preserveAspectRatio="none" aria-hidden="true">
    <rect class="bar-all" width="200" height="8" />
    <rect class=${mark === undefined ? "bar-part" : share >= mark ? "bar-good" : "bar-wait"} width=${width} height="8" />
    ${mark !== undefined && html`<rect class="bar-mark" x=${mark * 200 - 0.75} width="1.5" height="8" />`}
  </svg>`;
}

function Outcome({ found }) {
  if (found.state === "unavailable") {
    return { tone: "wait", icon: "alert", title: "It would hand over", text: "The knowledge could not be searched just now, which says nothing about what it holds." };
  }
  if (found.state === "empty") {
    return { tone: "wait", icon: "person", title: "It would hand over", text: "There is no knowledge here to quote from." };
  }
  if (found.answerable >= ENOUGH) {
    return { tone: "good", icon: "spark", title: "It would quote", text: "The evidence is enough: the assistant answers with the sentences that fit, word for word. Where no sentence fits well, people answer after all." };
  }
  return { tone: "wait", icon: "person", title: "It would hand over", text: "The evidence is too weak: rather than guess, the assistant passes the question to people." };
}

function Verdict({ found }) {
  const { tone, icon, title, text } = Outcome({ found });
  return html`<div class=${`outcome outcome-${tone}`}>
    <${Icon} name=${icon} />
    <div>
      <strong>${title}.</strong>
      <p>${text}</p>
      ${found.state === "ok" &&
      html`<p class="likely">
        <span>Chance that the answer is in here: <strong>${percent(found.answerable)}</strong></span>
        <${Bar} share=${found.answerable} mark=${ENOUGH} />
        <span class="quiet">${`Needed: ${percent(ENOUGH)}. The question was taken for ${languageName(found.query_language) || "an unknown language"}.`}</span>
      </p>`}
    </div>
  </div>`;
}

function Part({ name, value, about, share }) {
  return html`<div title=${about}>
    <dt>${name}</dt>
    <dd>${value}${share !== undefined && html`<${Bar} share=${share} />`}</dd>
  </div>`;
}

function Passage({ passage }) {
  const heading = headingOf(passage);
  return html`<li class="passage">
    <div class="passage-head">
      <h4><bdi>${passage.title}</bdi>${heading && html`<span class="quiet"> › <bdi>${heading}</bdi></span>`}</h4>
      <span class="quiet">${passage.source} · ${languageName(passage.language)} · version ${passage.version}</span>
    </div>
    <blockquote dir="auto" lang=${passage.language}>${passage.text}</blockquote>
    <dl class="parts">
      <${Part} name="Score" value=${passage.score.toFixed(1)} about="Both parts together; the passages are in this order" />
      <${Part} name="Same meaning" value=${percent(passage.cosine)} share=${passage.cosine} about="Cosine of question and passage" />
      <${Part} name="Same words" value=${percent(passage.coverage)} share=${passage.coverage} about="How much of the question's words the passage covers, rare words counting more" />
    </dl>
  </li>`;
}

function Findings({ me, asked }) {
  const { found, question, unit } = asked;
  return html`<div class="findings">
    <h3 class="hidden">${`Found for “${question}” in ${unit ? nameOfUnit(me, unit) : "all units"}`}</h3>
    <${Verdict} found=${found} />
    ${found.passages.length
      ? html`<ol class="passages">
          ${found.passages.map((passage) => html`<${Passage} key=${passage.chunk_id} passage=${passage} />`)}
        </ol>`
      : html`<${Empty} icon="search" title="No passage was found">Nothing in here has to do with these words.</${Empty}>`}
  </div>`;
}

export function Question({ me }) {
  const [question, setQuestion] = useState("");
  const [unit, setUnit] = useState(me.units[0]?.id ?? 0);
  const [asked, setAsked] = useState(null);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);

  async function ask(event) {
    event.preventDefault();
    if (!question.trim()) return;
    setBusy(true);
    setProblem(null);
    try {
      setAsked({ found: await api.search(question.trim(), unit || null), question: question.trim(), unit });
    } catch (error) {
      setAsked(null);
      setProblem(error.message);
    }
    setBusy(false);
  }

  return html`<${Section} title="Try a question" about="Looks up what a customer's question finds, as the assistant would. Nobody is answered.">
    <form class="ask" onSubmit=${ask}>
      <label class="ask-question">
        Question
        <input type="search" value=${question} maxlength="1000" required enterkeyhint="search"
          placeholder="How long can I return an item?" onInput=${(event) => setQuestion(event.target.value)} />
      </label>
      <${UnitField} me=${me} value=${unit} onChange=${setUnit} everywhere />
      <button type="submit" class="primary" disabled=${busy}><${Icon} name="search" />${busy ? "Searching…" : "Search"}</button>
    </form>
    <div role="status" class="hidden">
      ${asked ? `${asked.found.passages.length} passages found. ${Outcome(asked).title}.` : ""}
    </div>
    ${problem && html`<${Problem} text=${problem} />`}
    ${asked && html`<${Findings} me=${me} asked=${asked} />`}
  </${Section}>`;
}
