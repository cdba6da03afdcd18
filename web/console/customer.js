// One customer: fields with their origin, the story over all channels, notes, and who has read it.
import { useState } from "/web/vendor/hooks.js";
import { fullTime, plural } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { Icon } from "/web/desk/icons.js";
import { Dialog, DialogHead } from "/web/desk/dialogs.js";
import { record } from "./customer_api.js";
import { Extras } from "./customer_extras.js";
import { Story } from "./customer_story.js";
import { PURPOSES, fieldLabel, origin, shown } from "./customer_words.js";
import { Empty, Loaded, Problem, Section, Table, useLoad } from "./kit.js";

function History({ id, field, onClose }) {
  const state = useLoad(() => record.history(id, field), [id, field]);
  return html`<${Dialog} label="History of the field" onClose=${onClose}>
    <${DialogHead} title=${fieldLabel(field)} onClose=${onClose} />
    <div class="dialog-scroll">
      <${Loaded} of=${state} what="the history">
        ${(past) => html`<ol class="entries">${past.map((one, place) => html`<li key=${place} class="entry">
          <p><bdi>${one.value ? shown(field, one.value) : "Taken out"}</bdi></p>
          <p class="quiet">${origin(one.source, one.source_name)}, <time datetime=${one.observed_at}>${fullTime(one.observed_at)}</time></p>
        </li>`)}</ol>`}
      </${Loaded}>
    </div>
  </${Dialog}>`;
}

function Edit({ id, fact, onDone, onClose }) {
  const [value, setValue] = useState(fact.value);
  const [problem, setProblem] = useState(null);
  async function save(event) {
    event.preventDefault();
    try {
      await record.change(id, [{ name: fact.name, value, seen: fact.id || null }]);
      onDone();
      onClose();
    } catch (error) {
      setProblem(error.message);
    }
  }
  return html`<${Dialog} label="Change the field" onClose=${onClose}>
    <${DialogHead} title=${`Change: ${fieldLabel(fact.name)}`} onClose=${onClose} />
    <form class="dialog-scroll form" onSubmit=${save}>
      <label>${fieldLabel(fact.name)}<input type="text" value=${value} maxlength="2000" autocomplete="off" onInput=${(event) => setValue(event.target.value)} /></label>
      <p class="quiet">The value of before is kept with its source and time. Leave it empty to take it out.</p>
      ${problem && html`<${Problem} text=${problem} />`}
      <div class="form-end"><button type="submit" class="primary">Save</button></div>
    </form>
  </${Dialog}>`;
}

function Fields({ id, profile, writable, onChange }) {
  const [open, setOpen] = useState(null);
  const missing = writable.filter((name) => !["labels", "notes", "follow_up"].includes(name) && !profile.attributes.some((fact) => fact.name === name));
  const may = (name) => writable.includes(name);
  const acts = (fact) => html`
    ${fact.id > 0 && html`<button type="button" class="small" aria-label=${`History of ${fieldLabel(fact.name)}`} onClick=${() => setOpen({ history: fact.name })}>History</button>`}
    ${may(fact.name) && fact.id > 0 && html` <button type="button" class="small" aria-label=${`Change ${fieldLabel(fact.name)}`} onClick=${() => setOpen({ fact })}>Change</button>`}`;
  return html`<${Section} title="What is known" about="Each value with its source and time.">
    ${profile.attributes.length
      ? html`<${Table} label="Fields" columns=${["Field", "Value", "From", ""]} rows=${profile.attributes.map((fact) => ({
          key: fact.name,
          cells: [
            fieldLabel(fact.name),
            html`<bdi class="breakable">${shown(fact.name, fact.value)}</bdi>`,
            html`<span class="quiet">${origin(fact.source)}, <time datetime=${fact.observed_at}>${fullTime(fact.observed_at)}</time></span>`,
            acts(fact),
          ],
        }))} />`
      : html`<${Empty} icon="person" title="Nothing that your role opens">There may be more for others.</${Empty}>`}
    ${profile.withheld > 0 && html`<p class="withheld below"><${Icon} name="lock" /> ${plural(profile.withheld, "more field is", "more fields are")} not in your role.</p>`}
    ${missing.length > 0 && html`<label class="below">Add a field
      <select value="" onChange=${(event) => event.target.value && setOpen({ fact: { name: event.target.value, value: "", id: 0 } })}>
        <option value="">Choose…</option>
        ${missing.map((name) => html`<option key=${name} value=${name}>${fieldLabel(name)}</option>`)}
      </select>
    </label>`}
    ${open?.history && html`<${History} id=${id} field=${open.history} onClose=${() => setOpen(null)} />`}
    ${open?.fact && html`<${Edit} id=${id} fact=${open.fact} onDone=${onChange} onClose=${() => setOpen(null)} />`}
  </${Section}>`;
}

function SeenBy({ id }) {
  const state = useLoad(() => record.seenBy(id), [id]);
  return html`<${Section} title="Seen by" about="From the ledger: who read what of this customer, people and assistants alike.">
    <${Loaded} of=${state} what="the readings">
      ${(found) => found.length
        ? html`<${Table} label="Seen by" columns=${["Who", "When", "What"]} rows=${found.map((one) => ({
            key: one.id,
            cells: [
              html`<bdi>${one.actor_name || (one.actor === "system/0" ? "Frontdesk" : one.actor)}</bdi>`,
              html`<time datetime=${one.at}>${fullTime(one.at)}</time>`,
              html`<span class="breakable">${one.action === "model:call" ? "asked a model, masked" : one.subject.startsWith("conversation") ? one.subject.replace("/", " ") : one.fields.map((name) => fieldLabel(name)).join(", ") || "no field"}${one.purpose ? ` (${PURPOSES[one.purpose] ?? one.purpose})` : ""}</span>`,
            ],
          }))} />`
        : html`<${Empty} icon="eye" title="Nobody has read it">Lists are in the ledger of the unit.</${Empty}>`}
    </${Loaded}>
  </${Section}>`;
}

function Open({ id, me, may, toast }) {
  const profile = useLoad(() => record.profile(id), [id]);
  const extras = useLoad(() => record.extras(id), [id]);
  const [version, setVersion] = useState(0);
  const changed = () => (profile.reload(), extras.reload(), setVersion(version + 1), toast("Saved."));
  const name = profile.data?.attributes.find((fact) => fact.name === "name")?.value ?? `Customer ${id}`;
  return html`
    <p class="customer-name"><strong><bdi>${name}</bdi></strong></p>
    <${Loaded} of=${profile} what="the customer">
      ${(found) => html`<${Fields} id=${id} profile=${found} writable=${extras.data?.writable ?? []} onChange=${changed} />`}
    </${Loaded}>
    <${Loaded} of=${extras} what="labels and notes">
      ${(found) => html`<${Extras} id=${id} me=${me} may=${may} extras=${found} onChange=${changed} />`}
    </${Loaded}>
    <${Story} key=${version} id=${id} />
  `;
}

export function Customer({ id, me, may, toast }) {
  return html`
    <p class="above"><a href="#/customers"><${Icon} name="back" />All customers</a></p>
    ${may("contact:read")
      ? html`<${Open} id=${id} me=${me} may=${may} toast=${toast} />`
      : html`<${Empty} icon="lock" title=${`Customer ${id}`}>Your role does not include customer records.</${Empty}>`}
    ${may("ledger:read") && html`<${SeenBy} id=${id} />`}
  `;
}
