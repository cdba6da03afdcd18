// Try a question: what is found and why, how sure that is, and what the assistant would do.
import { useState } from "/web/vendor/hooks.js";
import { headingOf, languageName } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { Icon } from "/web/desk/icons.js";
import { reasonTitle } from "/web/desk/words.js";
import { GATE } from "./guardrails_words.js";
import { api } from "./knowledge_api.js";
import { AUDIENCES, READERS } from "./knowledge_words.js";
import { Empty, Problem, Section, Tag, useLoad } from "./kit.js";
import { addressOf } from "./paging.js";

const LANGUAGES = ["en", "de", "es", "pt", "fr", "it", "nl", "pl", "tr", "ru", "ar", "hi", "zh", "ja", "ko", "vi", "th"];

const percent = (share) => `${Math.round(share * 100)}\u00a0%`;

function Bar({ share, mark }) {
  const width = Math.max(0, Math.min(1, share)) * 200;
  return html`<svg class="bar" viewBox="0 0 200 8" preserveAspectRatio="none" aria-hidden="true">
    <rect class="bar-all" width="200" height="8" />
    <rect class=${mark === undefined ? "bar-part" : share >= mark ? "bar-good" : "bar-wait"} width=${width} height="8" />
    ${mark !== undefined && html`<rect class="bar-mark" x=${mark * 200 - 0.75} width="1.5" height="8" />`}
  </svg>`;
}

function said({ state, outcome, answerable, threshold, near }) {
  if (outcome.act === "answer") {
    const how = outcome.verdict?.kind === "quoted"
      ? "The evidence is enough: the sentences that fit are quoted, word for word."
      : "This needs no knowledge: the assistant says it in its own words.";
    return { tone: "good", icon: "spark", title: "It would answer", text: how };
  }
  if (state === "unavailable") return { tone: "wait", icon: "alert", title: "It would hand over", text: "The knowledge could not be searched just now, which says nothing about what it holds." };
  if (state === "empty") return { tone: "wait", icon: "person", title: "It would hand over", text: "There is no knowledge here to quote from." };
  if (near) return { tone: "wait", icon: "question", title: "It would ask once what is meant", text: "The evidence is close below what is needed: the customer may put it otherwise; if that does not help, people answer." };
  if (answerable < threshold) return { tone: "wait", icon: "person", title: "It would hand over", text: "The evidence is below what is needed: rather than guess, the assistant passes the question to people." };
  return { tone: "wait", icon: "person", title: "It would hand over", text: reasonTitle(outcome.reason) };
}

function Statements({ verdict }) {
  const found = verdict?.statements ?? [];
  if (!found.length) return null;
  const good = found.filter((one) => one.supported).length;
  return html`<p class="quiet">${`${good} of ${found.length} statements stand in the passage`}${verdict.removed?.length > 0 && `; left out: ${verdict.removed.map((code) => GATE[code] ?? code).join(", ")}`}.</p>`;
}

function Verdict({ found }) {
  const { tone, icon, title, text } = said(found);
  const { outcome } = found;
  return html`<div class=${`outcome outcome-${tone}`}>
    <${Icon} name=${icon} />
    <div>
      <strong>${title}.</strong>
      <p>${text}</p>
      ${found.state === "ok" &&
      html`<p class="likely">
        <span>Chance that the answer is in here: <strong>${percent(found.answerable)}</strong></span>
        <${Bar} share=${found.answerable} mark=${found.threshold} />
        <span class="quiet">${`Needed: ${percent(found.threshold)}. Below it the assistant does not answer. The question was taken for ${languageName(found.language) || "an unknown language"}.`}</span>
      </p>`}
      ${outcome.text &&
      html`<figure class="said-answer">
        <blockquote dir="auto" aria-label="The answer">${outcome.text}</blockquote>
        ${outcome.sources.map((source, place) => html`<figcaption key=${place} class="quiet">From <bdi>${source.title}</bdi>${headingOf(source) && ` › ${headingOf(source)}`}, version ${source.version}, release ${source.release}</figcaption>`)}
      </figure>`}
      <${Statements} verdict=${outcome.verdict} />
    </div>
  </div>`;
}

function Part({ name, value, about, share }) {
  return html`<div title=${about}>
    <dt>${name}</dt>
    <dd>${value}${share !== undefined && html`<${Bar} share=${share} />`}</dd>
  </div>`;
}

function why({ words, cosine, coverage, z }) {
  const parts = [];
  if (words.length) parts.push(`It has ${words.map((word) => `“${word}”`).join(", ")}.`);
  if (z > 2) parts.push("Its meaning stands out from all other passages.");
  else if (!words.length && cosine > 0) parts.push("Its meaning is near, though it shares no telling word.");
  if (coverage >= 0.5) parts.push("It covers most of the question's words.");
  return parts.join(" ");
}

function Passage({ passage, used }) {
  const heading = headingOf(passage);
  return html`<li class=${used ? "passage passage-used" : "passage"}>
    <div class="passage-head">
      <h4>
        <a href=${addressOf("knowledge", { view: "article", id: passage.document_id })}><bdi>${passage.title}</bdi></a>${heading && html`<span class="quiet"> › <bdi>${heading}</bdi></span>`}
      </h4>
      <span class="quiet">${passage.source} · ${languageName(passage.language)} · version ${passage.version}${passage.audience !== "public" && ` · ${AUDIENCES[passage.audience]?.name}`}</span>
    </div>
    <blockquote dir="auto" lang=${passage.language}>${passage.text}</blockquote>
    <p class="quiet">${used && html`<${Tag} tone="good">The answer is from here</${Tag}> `}${why(passage)}</p>
    <dl class="parts">
      <${Part} name="Score" value=${passage.score.toFixed(1)} about="Both parts together; the passages are in this order" />
      <${Part} name="Same meaning" value=${percent(passage.cosine)} share=${passage.cosine} about="Cosine of question and passage" />
      <${Part} name="Stands out by" value=${passage.z.toFixed(1)} about="Standard deviations above the mean cosine of all passages" />
      <${Part} name="Same words" value=${percent(passage.coverage)} share=${passage.coverage} about="How much of the question's words the passage covers, rare words counting more" />
    </dl>
  </li>`;
}

function Findings({ asked }) {
  const { found, question } = asked;
  const used = new Set(found.outcome.sources.map((source) => source.chunk_id));
  return html`<div class="findings">
    <h3 class="hidden">${`Found for “${question}”`}</h3>
    <p class="quiet">${found.drafts ? `Tried as if every draft were released on top of release ${found.release}.` : `Tried on release ${found.release}.`}</p>
    <${Verdict} found=${found} />
    ${found.passages.length
      ? html`<ol class="passages">
          ${found.passages.map((passage) => html`<${Passage} key=${passage.chunk_id} passage=${passage} used=${used.has(passage.chunk_id)} />`)}
        </ol>`
      : html`<${Empty} icon="search" title="No passage was found">Nothing in here has to do with these words.</${Empty}>`}
  </div>`;
}

function Choice({ label, value, onChange, options }) {
  return html`<label>
    ${label}
    <select value=${value} onChange=${(event) => onChange(event.target.value)}>
      ${options.map(([code, name]) => html`<option key=${code} value=${code}>${name}</option>`)}
    </select>
  </label>`;
}

export function Question({ unit, asked: address }) {
  const [question, setQuestion] = useState(address.q ?? "");
  const [how, setHow] = useState({ language: "", readers: "customers", edition: "live" });
  const [asked, setAsked] = useState(null);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const releases = useLoad(() => api.releases(unit), [unit]);
  const set = (name) => (value) => setHow({ ...how, [name]: value });
  const numbered = (releases.data ?? []).filter((release) => release.number !== null && release.state !== "live" && release.state !== "refused");

  async function ask(event) {
    event.preventDefault();
    if (!question.trim()) return;
    setBusy(true);
    setProblem(null);
    const edition = /^\d+$/.test(how.edition) ? Number(how.edition) : how.edition;
    try {
      const found = await api.ask({ unit_id: unit, question: question.trim(), language: how.language || null, readers: how.readers, edition });
      setAsked({ found, question: question.trim() });
    } catch (error) {
      setAsked(null);
      setProblem(error.message);
    }
    setBusy(false);
  }

  return html`<${Section} title="Try a question" about="Looks up what a customer's question finds, as the assistant would. Nobody is answered.">
    <form class="ask try" onSubmit=${ask}>
      <label class="ask-question">
        Question
        <input type="search" value=${question} maxlength="1000" required enterkeyhint="search" dir="auto"
          placeholder="How long can I return an item?" onInput=${(event) => setQuestion(event.target.value)} />
      </label>
      <button type="submit" class="primary" disabled=${busy}><${Icon} name="search" />${busy ? "Searching…" : "Search"}</button>
      <div class="try-how">
        <${Choice} label="Customer's language" value=${how.language} onChange=${set("language")} options=${[["", "Recognise it"], ...LANGUAGES.map((code) => [code, languageName(code)])]} />
        <${Choice} label="Who asks" value=${how.readers} onChange=${set("readers")} options=${Object.entries(READERS)} />
        <${Choice} label="Tried on" value=${how.edition} onChange=${set("edition")}
          options=${[["live", "What is live"], ["draft", "All drafts"], ...numbered.map((release) => [String(release.number), `Release ${release.number}`])]} />
      </div>
    </form>
    <div role="status" class="hidden">${asked ? `${asked.found.passages.length} passages found. ${said(asked.found).title}.` : ""}</div>
    ${problem && html`<${Problem} text=${problem} />`}
    ${asked && html`<${Findings} asked=${asked} />`}
  </${Section}>`;
}
