// What the assistant may quote from: sources, a question to try, a document to add.
import { useState } from "/web/vendor/hooks.js";
import { ago, fullTime, languageName, plural } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { Icon } from "/web/desk/icons.js";
import { api } from "./api.js";
import { AddDocument } from "./document.js";
import { Confirm, Empty, Loaded, Section, Table, Tag, nameOfUnit, useLoad } from "./kit.js";
import { Question } from "./question.js";
import { SOURCE_STATES } from "./words.js";

function State({ source }) {
  const said = SOURCE_STATES[source.state] ?? { text: source.state, tone: "quiet" };
  return html`<${Tag} tone=${said.tone}>${said.text}</${Tag}>
    ${source.error && html`<p class="cell-error">${source.error}</p>`}`;
}

function Sources({ me, may, sources, onDelete }) {
  if (!sources.length) {
    return html`<${Empty} icon="book" title="No sources yet">
      The assistant hands every question to people until it has something to quote from.
    </${Empty}>`;
  }
  const writes = may("knowledge:write");
  const columns = ["Source", "Unit", "Documents", "Passages", "Language", "State", "Changed"];
  return html`<${Table} label="Sources" columns=${writes ? [...columns, ""] : columns}
    rows=${sources.map((source) => ({
      key: source.id,
      cells: [
        html`<bdi>${source.name}</bdi>`,
        nameOfUnit(me, source.unit_id),
        source.documents,
        source.chunks,
        languageName(source.language) || "–",
        html`<${State} source=${source} />`,
        html`<time datetime=${source.updated_at} title=${fullTime(source.updated_at)}>${ago(source.updated_at)}</time>`,
        ...(writes
          ? [html`<button type="button" class="small" aria-label=${`Delete ${source.name}`} onClick=${() => onDelete(source)}>Delete</button>`]
          : []),
      ],
    }))}
  />`;
}

export function Knowledge({ me, may, toast }) {
  const state = useLoad(api.sources);
  const [adding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState(null);
  const add = html`<button type="button" onClick=${() => setAdding(true)}><${Icon} name="paper" />Add a document</button>`;

  async function remove() {
    await api.deleteSource(deleting.id);
    toast(`${deleting.name} is deleted; nothing of it is answered any more.`);
    state.reload();
  }

  return html`
    <${Question} me=${me} />
    <${Section} title="Sources" about="Only what is in here can be quoted." actions=${may("knowledge:write") ? add : null}>
      <${Loaded} of=${state} what="the sources">
        ${(sources) => html`<${Sources} me=${me} may=${may} sources=${sources} onDelete=${setDeleting} />`}
      </${Loaded}>
    </${Section}>
    ${adding &&
    html`<${AddDocument} me=${me} sources=${state.data ?? []} onClose=${() => setAdding(false)}
      onAdded=${(text) => (setAdding(false), toast(text), state.reload())} />`}
    ${deleting &&
    html`<${Confirm} title=${`Delete ${deleting.name}?`} act="Delete the source" onAct=${remove} onClose=${() => setDeleting(null)}>
      ${`${plural(deleting.documents, "document")} with ${plural(deleting.chunks, "passage")} of ${nameOfUnit(me, deleting.unit_id)} will be gone. The assistant stops answering from them at once. This cannot be undone.`}
    </${Confirm}>`}
  `;
}
