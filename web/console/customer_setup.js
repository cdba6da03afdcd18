// How a unit's record is set up: its own fields, and its labels.
import { useState } from "/web/vendor/hooks.js";
import { html } from "/web/desk/html.js";
import { record } from "./customer_api.js";
import { COLOURS, DATA_CLASSES, FIELD_TYPES, LabelTag } from "./customer_words.js";
import { Loaded, Problem, Section, Table, Tag, useLoad } from "./kit.js";

const EMPTY = { name: "", label: "", type: "text", data_class: "personal", choices: "" };

function NewField({ unit, onDone }) {
  const [fields, setFields] = useState(EMPTY);
  const [problem, setProblem] = useState(null);
  const set = (name) => (event) => setFields({ ...fields, [name]: event.target.value });
  async function add(event) {
    event.preventDefault();
    setProblem(null);
    const choices = fields.type === "choice" ? fields.choices.split(",").map((one) => one.trim()).filter(Boolean) : [];
    try {
      await record.addField({ ...fields, choices, unit_id: unit });
      setFields(EMPTY);
      onDone("The field is there. Nobody sees it until a role names it.");
    } catch (error) {
      setProblem(error.message);
    }
  }
  return html`<form class="ask" aria-label="Add a field" onSubmit=${add}>
    <label>Name, as roles name it<input type="text" required maxlength="90" placeholder="crm.segment" autocomplete="off" value=${fields.name} onInput=${set("name")} /></label>
    <label>Label<input type="text" required maxlength="80" autocomplete="off" value=${fields.label} onInput=${set("label")} /></label>
    <label>Type<select value=${fields.type} onChange=${set("type")}>${Object.entries(FIELD_TYPES).map(([code, text]) => html`<option key=${code} value=${code}>${text}</option>`)}</select></label>
    ${fields.type === "choice" && html`<label>Choices, with commas<input type="text" value=${fields.choices} onInput=${set("choices")} /></label>`}
    <label>Personal data<select value=${fields.data_class} onChange=${set("data_class")}>${Object.entries(DATA_CLASSES).map(([code, text]) => html`<option key=${code} value=${code}>${text}</option>`)}</select></label>
    <button type="submit">Add the field</button>
    ${problem && html`<${Problem} text=${problem} />`}
  </form>`;
}

function NewLabel({ unit, onDone }) {
  const [name, setName] = useState("");
  const [colour, setColour] = useState("blue");
  const [problem, setProblem] = useState(null);
  async function add(event) {
    event.preventDefault();
    setProblem(null);
    try {
      await record.addLabel({ unit_id: unit, name, colour });
      setName("");
      onDone("The label is there.");
    } catch (error) {
      setProblem(error.message);
    }
  }
  return html`<form class="ask" aria-label="Add a label" onSubmit=${add}>
    <label>New label<input type="text" required maxlength="40" autocomplete="off" value=${name} onInput=${(event) => setName(event.target.value)} /></label>
    <label>Colour<select value=${colour} onChange=${(event) => setColour(event.target.value)}>${COLOURS.map((one) => html`<option key=${one} value=${one}>${one}</option>`)}</select></label>
    <button type="submit">Add the label</button>
    ${problem && html`<${Problem} text=${problem} />`}
  </form>`;
}

export function FieldsAndLabels({ unit, may, toast }) {
  const fields = useLoad(() => record.fields(unit), [unit]);
  const labels = useLoad(() => record.labels(unit), [unit]);
  if (!may("field:write")) return null;
  const done = (text) => (fields.reload(), labels.reload(), toast(text));
  return html`
    <${Section} title="Fields of your own" about="A new field is visible to nobody until a role's grant names it.">
      <${NewField} unit=${unit} onDone=${done} />
      <${Loaded} of=${fields} what="the fields">
        ${(items) => items.length > 0 && html`<${Table} label="Fields of your own" columns=${["Label", "Name", "Type", "Personal data"]} rows=${items.map((one) => ({
          key: one.id,
          cells: [one.label, html`<code>${one.name}</code>`, FIELD_TYPES[one.type], html`<${Tag} tone=${one.data_class === "sensitive" ? "bad" : "quiet"}>${one.data_class}</${Tag}>`],
        }))} />`}
      </${Loaded}>
    </${Section}>
    <${Section} title="Labels" about="A unit's own words for its customers.">
      <${NewLabel} unit=${unit} onDone=${done} />
      <${Loaded} of=${labels} what="the labels">
        ${(items) => html`<p class="tags">${items.map((label) => html`<${LabelTag} key=${label.id} label=${label} />`)}</p>`}
      </${Loaded}>
    </${Section}>
  `;
}
