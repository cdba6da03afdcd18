// The guardrails of a unit: what is live, who changed it, and what every change has to pass.
import { useState } from "/web/vendor/hooks.js";
import { fullTime, plural } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { Icon } from "/web/desk/icons.js";
import { api } from "./api.js";
import { Cases } from "./guardrails_cases.js";
import { Editor } from "./guardrails_editor.js";
import { StateTag, Version, nameOfVersion } from "./guardrails_version.js";
import { Empty, Loaded, Section, Table, UnitField, useLoad } from "./kit.js";

// What a policy holds, in a few words.
function summary(policy) {
  const parts = [
    policy.hide.length && plural(policy.hide.length, "term", "terms"),
    policy.patterns.length && plural(policy.patterns.length, "pattern"),
    policy.never_guess.length && plural(policy.never_guess.length, "word spared", "words spared"),
    policy.topics.length && plural(policy.topics.length, "topic for people", "topics for people"),
    policy.promises.length && plural(policy.promises.length, "promise forbidden", "promises forbidden"),
    policy.languages.length && plural(policy.languages.length, "language"),
  ].filter(Boolean);
  return parts.length ? parts.join(", ") : "Nothing of your own: the rules that come with Frontdesk";
}

function Live({ live, names, may, onEdit, unit }) {
  const { version, content } = live;
  return html`<${Section} title="What is live" about="Every turn follows it from its first message on. Receipts name it."
    actions=${may("guardrails:write") ? html`<button type="button" class="primary" onClick=${() => onEdit(content)}><${Icon} name="note" />Draft a change</button>` : null}>
    <div class="card live-policy">
      <div class="card-head">
        <span class="card-icon"><${Icon} name="shield" /></span>
        <h3>
          ${nameOfVersion(version.number)}
          <small>${version.number === 0
            ? "It came with Frontdesk"
            : `Written by ${names.named(version.author)}, released by ${names.named(version.released_by)} on ${fullTime(version.released_at)}`}</small>
        </h3>
        <${StateTag} state="released" />
      </div>
      ${version.note && html`<p><bdi>${version.note}</bdi></p>`}
      <p class="quiet">${summary(content)}.</p>
      <dl class="pairs">
        <dt>SHA-256</dt><dd><code>${version.sha256}</code></dd>
        ${version.cases !== null && html`<dt>Passed</dt><dd>${version.cases === 0 ? "No regression set was there yet" : `Regression set no. ${version.cases}`}</dd>`}
      </dl>
      <p><a href=${`#/playground?unit=${unit}`}>Try it in the playground</a></p>
    </div>
  </${Section}>`;
}

function Versions({ found, names, onOpen }) {
  if (!found.items.length) {
    return html`<${Empty} icon="shield" title="No version of your own yet">
      The built-in version is live. A change is drafted by one person and released by another.
    </${Empty}>`;
  }
  return html`<${Table} label="Versions" columns=${["Version", "State", "What it is for", "Written by", "Released by", ""]}
    rows=${found.items.map((item) => ({
      key: item.number,
      cells: [
        `Version ${item.number}`,
        html`<${StateTag} state=${item.state} />`,
        html`<bdi class="breakable">${item.note || "–"}</bdi>`,
        html`<span><bdi>${names.named(item.author)}</bdi><br /><span class="quiet">${fullTime(item.created_at)}</span></span>`,
        item.released_by
          ? html`<span><bdi>${names.named(item.released_by)}</bdi><br /><span class="quiet">${fullTime(item.released_at)}</span></span>`
          : "–",
        html`<button type="button" class="small" aria-label=${`Open version ${item.number}`} onClick=${() => onOpen(item.number)}>Open</button>`,
      ],
    }))} />`;
}

export function Guardrails({ me, may, names, toast }) {
  const [unit, setUnit] = useState(me.units[0]?.id);
  const [editing, setEditing] = useState(null);
  const [opened, setOpened] = useState(null);
  const state = useLoad(async () => {
    const found = await api.policies(unit);
    return { ...found, current: await api.policy(unit, found.live) };
  }, [unit]);

  function drafted(number) {
    setEditing(null);
    setOpened(number);
    toast(`Version ${number} is drafted. Somebody else has to release it.`);
    state.reload();
  }

  function acted(text) {
    setOpened(null);
    toast(text);
    state.reload();
  }

  if (editing) {
    return html`<${Editor} unit=${unit} start=${editing} onDrafted=${drafted} onClose=${() => setEditing(null)} />`;
  }
  return html`
    ${me.units.length > 1 &&
    html`<div class="ask"><${UnitField} me=${me} value=${unit} onChange=${setUnit} /></div>`}
    <${Loaded} of=${state} what="the guardrails">
      ${(found) => html`
        <${Live} live=${found.current} names=${names} may=${may} unit=${unit} onEdit=${setEditing} />
        <${Section} title="Versions" about="Nothing is changed in place. Whoever writes a version cannot release it.">
          <${Versions} found=${found} names=${names} onOpen=${setOpened} />
          ${found.live !== 0 && may("guardrails:release") &&
          html`<p class="below"><button type="button" class="small" onClick=${() => setOpened(0)}>Open the built-in version</button></p>`}
        </${Section}>
      `}
    </${Loaded}>
    <${Cases} key=${unit} unit=${unit} may=${may} names=${names} toast=${toast} />
    ${opened !== null &&
    html`<${Version} unit=${unit} number=${opened} me=${me} may=${may} names=${names} onActed=${acted}
      onEdit=${(content) => (setOpened(null), setEditing(content))} onClose=${() => setOpened(null)} />`}
  `;
}
