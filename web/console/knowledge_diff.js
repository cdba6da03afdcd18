// Two versions of a document, line by line.
import { html } from "/web/desk/html.js";
import { api } from "./knowledge_api.js";
import { Loaded, useLoad } from "./kit.js";

const SAID = { "+": "Added: ", "-": "Taken out: " };
const CLASS = { "+": "diff-in", "-": "diff-out", "=": "", "…": "diff-gap" };

export function Lines({ lines }) {
  if (!lines.length) return html`<p class="quiet">The texts are the same; title, language, readers or dates differ.</p>`;
  return html`<div class="diff" role="group" aria-label="Differences" tabindex="0">
    ${lines.map(
      ({ change, text }, place) => html`<p key=${place} class=${CLASS[change]} dir="auto">
        <span class="diff-mark" aria-hidden="true">${change === "=" ? "" : change}</span>
        <span>${SAID[change] && html`<span class="hidden">${SAID[change]}</span>`}${text || "\u00a0"}</span>
      </p>`,
    )}
  </div>`;
}

// `before` or `after` is null where there is nothing on that side.
export function Difference({ document, before, after }) {
  const state = useLoad(() => api.difference(document, before, after), [document, before, after]);
  return html`<${Loaded} of=${state} what="the differences">${(lines) => html`<${Lines} lines=${lines} />`}</${Loaded}>`;
}
