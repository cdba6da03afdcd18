// Labels, follow-up and notes of a customer, as far as the role opens and may change them.
import { useState } from "/web/vendor/hooks.js";
import { fullTime } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { record } from "./customer_api.js";
import { FOLLOW_UPS, FollowUpTag, LabelTag } from "./customer_words.js";
import { Problem, Section, useLoad } from "./kit.js";

function useAct(onChange) {
  const [problem, setProblem] = useState(null);
  async function act(doing) {
    setProblem(null);
    try {
      await doing();
      onChange();
    } catch (error) {
      setProblem(error.message);
    }
  }
  return [problem, act];
}

function Labels({ id, me, labels, writable, onChange }) {
  const [problem, act] = useAct(onChange);
  const all = useLoad(() => Promise.all(me.units.map((unit) => record.labels(unit.id))).then((found) => found.flat()), [id]);
  const held = labels.map((label) => label.id);
  const free = (all.data ?? []).filter((label) => !held.includes(label.id));
  return html`<div class="card">
    <h3>Labels</h3>
    <p class="tags">${labels.length ? labels.map((label) => html`<span key=${label.id} class="tags"><${LabelTag} label=${label} />
      ${writable && html`<button type="button" class="small" aria-label=${`Take off the label ${label.name}`} onClick=${() => act(() => record.setLabels(id, held.filter((one) => one !== label.id)))}>Take off</button>`}</span>`) : html`<span class="quiet">None</span>`}</p>
    ${writable && free.length > 0 && html`<label>Add a label
      <select value="" onChange=${(event) => event.target.value && act(() => record.setLabels(id, [...held, Number(event.target.value)]))}>
        <option value="">Choose…</option>
        ${free.map((label) => html`<option key=${label.id} value=${label.id}>${label.name}</option>`)}
      </select></label>`}
    ${problem && html`<${Problem} text=${problem} />`}
  </div>`;
}

function FollowUp({ id, may, plan, writable, onChange }) {
  const [problem, act] = useAct(onChange);
  const users = useLoad(() => (may("user:read") ? record.users() : Promise.resolve([])), []);
  const [fields, setFields] = useState({ state: plan?.state ?? "", due_on: plan?.due_on ?? "", owner_id: plan?.owner_id ?? "", note: plan?.note ?? "" });
  const set = (name) => (event) => setFields({ ...fields, [name]: event.target.value });
  function save(event) {
    event.preventDefault();
    act(() => record.setFollowUp(id, { state: fields.state || null, due_on: fields.due_on || null, owner_id: Number(fields.owner_id) || null, note: fields.note }));
  }
  return html`<div class="card">
    <h3>Follow-up</h3>
    <p>${plan ? html`<${FollowUpTag} plan=${plan} />` : html`<span class="quiet">Nothing to follow up</span>`}</p>
    ${plan?.note && html`<p dir="auto">${plan.note}</p>`}
    ${writable && html`<form class="form" onSubmit=${save}>
      <label>State<select value=${fields.state} onChange=${set("state")}><option value="">Nothing to do</option>${Object.entries(FOLLOW_UPS).map(([code, { text }]) => html`<option key=${code} value=${code}>${text}</option>`)}</select></label>
      <label>Due on<input type="date" value=${fields.due_on} onInput=${set("due_on")} /></label>
      <label>Owner<select value=${fields.owner_id} onChange=${set("owner_id")}><option value="">Nobody</option>${(users.data ?? []).map((user) => html`<option key=${user.id} value=${user.id}>${user.name}</option>`)}</select></label>
      <label>What is to be done<input type="text" maxlength="500" value=${fields.note} onInput=${set("note")} /></label>
      <div class="form-end"><button type="submit">Save the follow-up</button></div>
    </form>`}
    ${problem && html`<${Problem} text=${problem} />`}
  </div>`;
}

function Notes({ id, me, notes, writable, onChange }) {
  const [problem, act] = useAct(onChange);
  const [text, setText] = useState("");
  function add(event) {
    event.preventDefault();
    act(() => record.addNote(id, text).then(() => setText("")));
  }
  return html`<div class="card">
    <h3>Notes</h3>
    <ul>${notes.map((note) => html`<li key=${note.id} class="note-line">
      <p dir="auto">${note.text}</p>
      <p class="quiet"><bdi>${note.author_name}</bdi>, <time datetime=${note.at}>${fullTime(note.at)}</time>
        ${note.author === `user/${me.id}` && writable && html` <button type="button" class="small" onClick=${() => act(() => record.removeNote(id, note.id))}>Delete</button>`}</p>
    </li>`)}</ul>
    ${writable && html`<form class="form" onSubmit=${add}>
      <label>A note for colleagues<textarea rows="2" maxlength="5000" value=${text} onInput=${(event) => setText(event.target.value)}></textarea></label>
      <div class="form-end"><button type="submit" disabled=${!text.trim()}>Add the note</button></div>
    </form>`}
    ${problem && html`<${Problem} text=${problem} />`}
  </div>`;
}

export function Extras({ id, me, may, extras, onChange }) {
  if (!extras.open.length) return null;
  const can = (part) => extras.writable.includes(part);
  return html`<${Section} title="Labels, follow-up, notes" about="For colleagues. No customer and no model sees them.">
    <div class="cards cards-people">
      ${extras.labels && html`<${Labels} id=${id} me=${me} labels=${extras.labels} writable=${can("labels")} onChange=${onChange} />`}
      ${extras.open.includes("follow_up") && html`<${FollowUp} key=${extras.follow_up?.changed_at} id=${id} may=${may} plan=${extras.follow_up} writable=${can("follow_up")} onChange=${onChange} />`}
      ${extras.notes && html`<${Notes} id=${id} me=${me} notes=${extras.notes} writable=${can("notes")} onChange=${onChange} />`}
    </div>
  </${Section}>`;
}
