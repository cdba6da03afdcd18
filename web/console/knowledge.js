// What the assistant may say: articles, where they come from, how they are released, what is missing.
import { useState } from "/web/vendor/hooks.js";
import { html } from "/web/desk/html.js";
import { Article } from "./knowledge_article.js";
import { Articles } from "./knowledge_articles.js";
import { Cases } from "./knowledge_cases.js";
import { Gaps } from "./knowledge_gaps.js";
import { Release } from "./knowledge_release.js";
import { Releases } from "./knowledge_releases.js";
import { Sources } from "./knowledge_sources.js";
import { VIEWS } from "./knowledge_words.js";
import { UnitField } from "./kit.js";
import { addressOf, filterFrom } from "./paging.js";
import { Question } from "./question.js";

const PARTS = { articles: Articles, sources: Sources, releases: Releases, cases: Cases, gaps: Gaps, try: Question, article: Article, release: Release };
// What is opened out of a list belongs to that list.
const WITHIN = { article: "articles", release: "releases" };

const to = (view, more = {}) => addressOf("knowledge", { view, ...more });

export function Knowledge({ me, may, names, query, toast }) {
  const asked = filterFrom(query, ["view", "id", "unit", "gap", "q"]);
  const [chosen, setChosen] = useState(me.units[0]?.id);
  const unit = me.units.some((one) => String(one.id) === asked.unit) ? Number(asked.unit) : chosen;
  const view = asked.view in PARTS ? asked.view : "articles";

  function choose(id) {
    setChosen(id);
    // What is open belongs to another unit: back to its list.
    location.hash = to(WITHIN[view] ?? view);
  }

  return html`
    <div class="views">
      <nav aria-label="Parts of the knowledge">
        <ul>
          ${Object.entries(VIEWS).map(
            ([id, name]) => html`<li key=${id}>
              <a href=${to(id)} aria-current=${(WITHIN[view] ?? view) === id ? "page" : null}>${name}</a>
            </li>`,
          )}
        </ul>
      </nav>
      <${UnitField} me=${me} value=${unit} onChange=${choose} />
    </div>
    <${PARTS[view]} key=${`${view}/${asked.id}/${asked.gap}/${unit}`} me=${me} may=${may} names=${names} toast=${toast} unit=${unit} asked=${asked} />
  `;
}
