// What customers asked in vain, and what becomes of it.
import { useState } from "/web/vendor/hooks.js";
import { ago, fullTime, languageName, plural } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { Icon } from "/web/desk/icons.js";
import { api } from "./knowledge_api.js";
import { CaseForm } from "./knowledge_cases.js";
import { GAP_STATES } from "./knowledge_words.js";
import { Empty, Loaded, Problem, Section, useLoad } from "./kit.js";
import { addressOf } from "./paging.js";

function Gap({ gap, writes, onDismiss, onCase }) {
  const [first, ...others] = gap.examples;
  return html`<li class="card gap">
    <div class="gap-head">
      <span class="gap-count" title=${`Asked ${plural(gap.count, "time")}`}>${gap.count}<span class="hidden"> times</span></span>
      <div>
        <h3 dir="auto" lang=${gap.language}><bdi>${first}</bdi></h3>
        <p class="quiet">${languageName(gap.language)} · last asked <time datetime=${gap.last_at} title=${fullTime(gap.last_at)}>${ago(gap.last_at)}</time></p>
      </div>
    </div>
    ${others.length > 0 &&
    html`<ul class="gap-more" aria-label="Others who ask the same">${others.map((text, place) => html`<li key=${place} dir="auto">${text}</li>`)}</ul>`}
    ${writes && gap.state === "open" &&
    html`<div class="acts">
      <a class="button primary" href=${addressOf("knowledge", { view: "article", id: "new", gap: gap.id, unit: gap.unit_id })} aria-label=${`Write an article for “${first}”`}><${Icon} name="note" />Write an article</a>
      <button type="button" aria-label=${`Make a regression case of “${first}”`} onClick=${() => onCase(gap)}>Make a regression case</button>
      <button type="button" aria-label=${`Nothing to write for “${first}”`} onClick=${() => onDismiss(gap)}>Nothing to write</button>
    </div>`}
  </li>`;
}

export function Gaps({ unit, may, toast }) {
  const [wanted, setWanted] = useState("open");
  const state = useLoad(() => api.gaps(unit, wanted), [unit, wanted]);
  const [problem, setProblem] = useState(null);
  const [caseOf, setCaseOf] = useState(null);

  async function dismiss(gap) {
    setProblem(null);
    try {
      await api.settleGap(gap.id, false);
      toast("It is taken from the list.");
      state.reload();
    } catch (error) {
      setProblem(error.message);
    }
  }

  async function keep(fields) {
    await api.addCase(unit, fields);
    setCaseOf(null);
    toast("The question is kept: every release has to pass it.");
  }

  return html`<${Section} title="Questions without an answer" about="Asked by customers and passed on to people. Names and numbers are hidden before a question is kept."
    actions=${html`<label class="inline-field">Show
      <select value=${wanted} onChange=${(event) => setWanted(event.target.value)}>
        ${Object.entries(GAP_STATES).map(([code, name]) => html`<option key=${code} value=${code}>${name}</option>`)}
      </select></label>`}>
    ${problem && html`<${Problem} text=${problem} />`}
    <${Loaded} of=${state} what="the gaps">
      ${(gaps) =>
        gaps.length
          ? html`<ul class="gaps">${gaps.map((gap) => html`<${Gap} key=${gap.id} gap=${gap} writes=${may("knowledge:write")} onDismiss=${dismiss} onCase=${setCaseOf} />`)}</ul>`
          : html`<${Empty} icon="check" title="Nothing here">${wanted === "open" ? "Every question found an answer, or somebody has seen to it." : "None of this kind."}</${Empty}>`}
    </${Loaded}>
    ${caseOf && html`<${CaseForm} start=${{ question: caseOf.examples[0], language: caseOf.language }} onSave=${keep} onClose=${() => setCaseOf(null)} />`}
  </${Section}>`;
}
