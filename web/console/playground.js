// Try a text on the guardrails: what is found, what a model would see, what the gate says.
import { useState } from "/web/vendor/hooks.js";
import { humanize, languageName } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { Icon } from "/web/desk/icons.js";
import { Masked } from "/web/desk/receipts.js";
import { api } from "./api.js";
import { nameOfVersion } from "./guardrails_version.js";
import { ACTS, GATE, INBOUND, KINDS, RULES, SIGNS, STATES } from "./guardrails_words.js";
import { Problem, Section, Table, Tag, UnitField, useLoad } from "./kit.js";

const ruleName = (code) => {
  const own = /^pattern[: ](.+)$/.exec(code);
  return own ? `pattern ${own[1]}` : (RULES[code] ?? humanize(code).toLowerCase());
};
const kindName = (code) => KINDS[code] ?? humanize(code.toLowerCase());
const blocks = (text) => text.split(/\n\s*---\s*\n/).map((block) => block.trim()).filter(Boolean);

function Text({ pieces }) {
  return html`<p class="tried" dir="auto">
    ${pieces.map((piece, place) =>
      piece.kind
        ? html`<mark key=${place} title=${`${kindName(piece.kind)}: ${piece.rules.map(ruleName).join(", ")}`}>${piece.text}</mark>`
        : piece.text,
    )}
  </p>`;
}

function Found({ pieces }) {
  const found = pieces.filter((piece) => piece.kind);
  if (!found.length) return html`<p class="quiet">Nothing personal was found.</p>`;
  return html`<${Table} label="What was found" columns=${["Text", "What it is", "Found by", "The model sees"]}
    rows=${found.map((piece, place) => ({
      key: place,
      cells: [
        html`<bdi class="breakable">${piece.text}</bdi>`,
        kindName(piece.kind),
        piece.rules.map(ruleName).join(", "),
        piece.placeholder ? html`<code>${piece.placeholder}</code>` : "–",
      ],
    }))} />`;
}

function Step({ title, children }) {
  return html`<section class="card" aria-label=${title}><h3>${title}</h3>${children}</section>`;
}

function Inbound({ inbound }) {
  const act = ACTS[inbound.act] ?? { text: inbound.act, tone: "quiet" };
  const flagged = inbound.flags.length > 0;
  return html`<${Step} title="How it is met">
    <p><${Tag} tone=${act.tone}>${act.text}</${Tag}> ${INBOUND[inbound.reason] ?? humanize(inbound.reason)}</p>
    <p>
      <${Tag} tone=${flagged ? "wait" : "quiet"}>${flagged ? "Flagged" : "No flag"}</${Tag}>${" "}
      ${`It looks ${Math.round(inbound.score * 100)} % like an attempt to steer the assistant; flagged from ${Math.round(inbound.threshold * 100)} % on.`}
      ${flagged && html`<span class="quiet"> ${`Signs: ${inbound.flags.map((sign) => (SIGNS[sign] ?? humanize(sign)).toLowerCase()).join(", ")}.`}</span>`}
    </p>
  </${Step}>`;
}

function Gate({ gate }) {
  const good = gate.verdict === "allow";
  const why = GATE[gate.reason] ?? humanize(gate.reason).toLowerCase();
  return html`<${Step} title="What the gate says">
    <div class=${`outcome outcome-${good ? "good" : "bad"}`}>
      <${Icon} name=${good ? "check" : "alert"} />
      <div><strong>${good ? "It may go out." : `It is held back: ${why}.`}</strong>
        ${gate.removed.length > 0 && html`<p>${`Taken out: ${gate.removed.join(", ")}.`}</p>`}
        ${good && html`<p dir="auto">${gate.text}</p>`}
      </div>
    </div>
    ${gate.statements.length > 0 &&
    html`<${Table} label="Statements" columns=${["Statement", "Verdict", "Rests on"]}
      rows=${gate.statements.map((one, place) => ({
        key: place,
        cells: [
          html`<bdi class="breakable statement">${one.text}</bdi>`,
          html`<span><${Tag} tone=${one.supported ? "good" : "bad"}>${one.supported ? "Holds" : "Does not hold"}</${Tag}>
            ${!one.supported && html`<span class="quiet"> ${GATE[one.reason] ?? one.reason}</span>`}</span>`,
          one.supported && one.passage ? `Passage ${one.passage}` : "–",
        ],
      }))} />`}
  </${Step}>`;
}

function Result({ found }) {
  return html`<div class="findings steps">
    <p role="status" class="hidden">${`${found.pieces.filter((piece) => piece.kind).length} values found`}</p>
    <${Step} title="What is found">
      <p class="quiet">${`Read as ${languageName(found.language) || found.language}.`}${!found.directory && " Names of other customers were not looked up: that takes the right to list customers."}</p>
      <${Text} pieces=${found.pieces} />
      <${Found} pieces=${found.pieces} />
    </${Step}>
    <${Step} title="What a model would see"><p class="tried" dir="auto"><${Masked} text=${found.hidden} /></p></${Step}>
    <${Step} title="What comes back">
      <p class="tried" dir="auto">${found.restored}</p>
      <p class="quiet">${found.exact ? "Restored letter for letter." : "Known values come back as the record spells them."}</p>
    </${Step}>
    <${Inbound} inbound=${found.inbound} />
    ${found.gate && html`<${Gate} gate=${found.gate} />`}
  </div>`;
}

function Source({ fields, set, reads }) {
  const chosen = fields.source === "message";
  return html`
    ${reads &&
    html`<fieldset class="segments">
      <legend>Look at</legend>
      ${[["text", "A text"], ["message", "A message of a conversation"]].map(
        ([code, name]) => html`<label key=${code}>
          <input type="radio" name="source" value=${code} checked=${fields.source === code} onChange=${() => set({ source: code })} />
          <span>${name}</span>
        </label>`,
      )}
    </fieldset>`}
    ${chosen
      ? html`<div class="form-pair">
          <label>Conversation <input type="number" min="1" required value=${fields.conversation} aria-describedby="hint-read" onInput=${(event) => set({ conversation: event.target.value })} /></label>
          <label><span>Message <span class="quiet">(optional: the customer's newest one)</span></span> <input type="number" min="1" value=${fields.message} onInput=${(event) => set({ message: event.target.value })} /></label>
        </div>
        <p class="quiet" id="hint-read">It is looked at with the customer's record. The ledger notes that you read the conversation.</p>`
      : html`<label>Text <textarea rows="4" required maxlength="8000" value=${fields.text} placeholder="Hello, this is Rosa Brandt. My order NW-204518 …"
          onInput=${(event) => set({ text: event.target.value })}></textarea></label>`}
  `;
}

export function Playground({ me, may, query }) {
  const given = new URLSearchParams(query);
  const [unit, setUnit] = useState(Number(given.get("unit")) || me.units[0]?.id);
  const versions = useLoad(() => api.policies(unit), [unit]);
  const [fields, setFields] = useState({
    source: "text", text: "", conversation: "", message: "", version: given.get("version") ?? "", reply: "", passages: "",
  });
  const [found, setFound] = useState(null);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const set = (patch) => setFields((before) => ({ ...before, ...patch }));

  async function submit(event) {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    const asked = { unit_id: unit, reply: fields.reply, passages: blocks(fields.passages) };
    if (fields.source === "message") Object.assign(asked, { conversation_id: Number(fields.conversation), message_id: Number(fields.message) || null });
    else asked.text = fields.text;
    if (fields.version !== "") asked.number = Number(fields.version);
    try {
      setFound(await api.tryOut(asked));
    } catch (error) {
      setFound(null);
      setProblem(error.message);
    }
    setBusy(false);
  }

  const items = versions.data?.items ?? [];
  return html`<${Section} title="Try a text" about="Nothing that you paste is kept, logged or sent to a model.">
    <form class="form playground" onSubmit=${submit}>
      <div class="form-pair">
        <${UnitField} me=${me} value=${unit} onChange=${(next) => (setUnit(next), set({ version: "" }))} />
        <label>
          Under
          <select value=${fields.version} onChange=${(event) => set({ version: event.target.value })}>
            <option value="">What is live</option>
            ${items.map((item) => html`<option key=${item.number} value=${String(item.number)}>${`Version ${item.number} (${(STATES[item.state]?.text ?? item.state).toLowerCase()})`}</option>`)}
            <option value="0">${nameOfVersion(0)}</option>
          </select>
        </label>
      </div>
      <${Source} fields=${fields} set=${set} reads=${may("conversation:read")} />
      <details class="more-fields">
        <summary>Also ask the gate about a reply</summary>
        <div class="form">
          <label>A reply that a model might give <textarea rows="3" maxlength="8000" value=${fields.reply} onInput=${(event) => set({ reply: event.target.value })}></textarea></label>
          <label>Passages it may rest on, with a line of --- between two <textarea rows="4" value=${fields.passages} onInput=${(event) => set({ passages: event.target.value })}></textarea></label>
        </div>
      </details>
      ${problem && html`<${Problem} text=${problem} />`}
      <div class="form-end"><button type="submit" class="primary" disabled=${busy}><${Icon} name="flask" />${busy ? "Looking…" : "Try it"}</button></div>
    </form>
    ${found && html`<${Result} found=${found} />`}
  </${Section}>`;
}
