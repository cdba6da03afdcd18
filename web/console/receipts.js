// What models were told: every request that left, and whether that can be proven.
import { useEffect, useState } from "/web/vendor/hooks.js";
import { fullTime, humanize, plural } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { Icon } from "/web/desk/icons.js";
import { Body } from "/web/desk/receipts.js";
import { api } from "./api.js";
import { FAULTS, KINDS, STANDINGS, STATUSES } from "./guardrails_words.js";
import { Empty, Loaded, Problem, Section, Tag, UnitField, nameOfUnit, useLoad } from "./kit.js";
import { addressOf, filterFrom, usePages } from "./paging.js";

const PAGE = 30;
const FILTERS = ["unit", "conversation", "model", "status", "since", "until"];

// A day as it is typed, as the moment where it begins or ends on this clock.
function moment(day, end) {
  if (!day) return null;
  const at = new Date(`${day}T${end ? "23:59:59" : "00:00:00"}`);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}

function useReceipts(query) {
  const filter = filterFrom(query, FILTERS);
  const read = (before) =>
    api.receipts({
      unit_id: filter.unit, conversation_id: filter.conversation, model: filter.model, status: filter.status,
      since: moment(filter.since, false), until: moment(filter.until, true), before, limit: PAGE,
    });
  return usePages(read, query, PAGE);
}

function Filter({ filter, me }) {
  const [fields, setFields] = useState(filter);
  useEffect(() => setFields(filter), [addressOf("receipts", filter)]);
  const field = (name) => ({ value: fields[name], onInput: (event) => setFields({ ...fields, [name]: event.target.value.trim() }) });
  function submit(event) {
    event.preventDefault();
    location.hash = addressOf("receipts", fields);
  }
  return html`<form class="ask filter" role="search" aria-label="Filter the receipts" onSubmit=${submit}>
    <${UnitField} me=${me} value=${fields.unit || "0"} everywhere onChange=${(unit) => setFields({ ...fields, unit: unit ? String(unit) : "" })} />
    <label>Conversation <input type="number" min="1" class="short" ...${field("conversation")} /></label>
    <label>Model <input type="search" class="middle" autocomplete="off" spellcheck="false" ...${field("model")} /></label>
    <label>
      How it ended
      <select value=${fields.status} onChange=${(event) => setFields({ ...fields, status: event.target.value })}>
        <option value="">In any way</option>
        ${Object.entries(STATUSES).map(([code, name]) => html`<option key=${code} value=${code}>${name}</option>`)}
      </select>
    </label>
    <label>From <input type="date" ...${field("since")} /></label>
    <label>To <input type="date" ...${field("until")} /></label>
    <button type="submit" class="primary"><${Icon} name="search" />Show</button>
  </form>`;
}

function Proof({ proof }) {
  if (proof.ok) {
    const fits = proof.erased
      ? "The contact was erased and the body with it; the hash is still the ledger's."
      : "The body, recomputed, has the hash of the receipt and of the ledger entry.";
    return html`<div class="outcome outcome-good" role="status">
      <${Icon} name="checks" />
      <div>
        <strong>It is what was sent.</strong>
        <p>${fits} ${STANDINGS[proof.standing]}</p>
        ${proof.root && html`<p class="quiet">${`Ledger entry no. ${proof.position}, root over ${proof.size} entries: `}<code>${proof.root}</code></p>`}
      </div>
    </div>`;
  }
  return html`<div class="outcome outcome-bad" role="alert">
    <${Icon} name="alert" />
    <div><strong>It cannot be proven.</strong>${proof.faults.map((code) => html`<p key=${code}>${FAULTS[code] ?? code}</p>`)}</div>
  </div>`;
}

function Opened({ id }) {
  const state = useLoad(() => api.receipt(id), [id]);
  const [proof, setProof] = useState(null);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  async function verify() {
    setBusy(true);
    setProblem(null);
    try {
      setProof(await api.proveReceipt(id));
    } catch (error) {
      setProof(null);
      setProblem(error.message);
    }
    setBusy(false);
  }
  return html`<div class="receipt-body">
    <${Loaded} of=${state} what="the request">
      ${(receipt) => (receipt.body ? html`<${Body} receipt=${receipt} />` : html`<p class="quiet">The contact was erased, and the body with it. Its hash stays.</p>`)}
    </${Loaded}>
    <div class="verify-act">
      <button type="button" disabled=${busy} onClick=${verify}><${Icon} name="lock" />${busy ? "Recomputing…" : "Verify this receipt"}</button>
    </div>
    ${problem && html`<${Problem} text=${problem} />`}
    ${proof && html`<${Proof} proof=${proof} />`}
  </div>`;
}

const hiddenIn = (counts) =>
  Object.entries(counts).map(([kind, count]) => `${count} × ${(KINDS[kind] ?? humanize(kind.toLowerCase())).toLowerCase()}`).join(", ") || "nothing";

function Receipt({ receipt, me }) {
  const [open, setOpen] = useState(false);
  const ended = STATUSES[receipt.status];
  const id = `receipt-${receipt.id}`;
  return html`<li class="receipt">
    <button type="button" class="receipt-head" aria-expanded=${open} aria-controls=${id} onClick=${() => setOpen(!open)}>
      <span><strong>${receipt.model || "A model"}</strong> at ${receipt.url_host}</span>
      <span class="quiet">${fullTime(receipt.at)}</span>
      <span class="quiet">${[
        receipt.conversation_id && `conversation ${receipt.conversation_id}`,
        me.units.length > 1 && nameOfUnit(me, receipt.unit_id),
        receipt.ms !== null && `${receipt.ms} ms`,
        receipt.prompt_tokens !== null && plural(receipt.prompt_tokens, "token") + " sent",
        receipt.completion_tokens !== null && `${receipt.completion_tokens} received`,
      ].filter(Boolean).join(" · ")}</span>
      <span class="receipt-tags"><${Tag} tone=${receipt.status === "200" ? "good" : "wait"}>${ended ?? `Answered with ${receipt.status}`}</${Tag}></span>
    </button>
    ${open &&
    html`<div id=${id}>
      <dl class="pairs receipt-facts">
        <dt>Hidden</dt><dd>${hiddenIn(receipt.counts)}</dd>
        <dt>Rules</dt><dd>${receipt.policy_version}</dd>
        <dt>SHA-256</dt><dd><code>${receipt.body_sha256}</code></dd>
      </dl>
      <${Opened} id=${receipt.id} />
    </div>`}
  </li>`;
}

function List({ state, me, filtered }) {
  const { items, more, problem, busy, reload, older } = state;
  if (!items) {
    if (problem) return html`<${Problem} text=${problem} onRetry=${reload} />`;
    return html`<div class="skeleton plain" role="status" aria-label="Loading the receipts">
      <div class="skeleton-row"></div><div class="skeleton-row"></div>
    </div>`;
  }
  if (!items.length) {
    return html`<${Empty} icon="paper" title=${filtered ? "No receipt fits" : "No model was asked yet"}>
      ${filtered ? html`<a href="#/receipts">Show all receipts</a>` : "Answers were quoted from the knowledge, and nothing left this server."}
    </${Empty}>`;
  }
  return html`
    <ol class="receipts">${items.map((receipt) => html`<${Receipt} key=${receipt.id} receipt=${receipt} me=${me} />`)}</ol>
    ${problem && html`<${Problem} text=${problem} onRetry=${older} />`}
    ${more && !problem && html`<button type="button" class="more" disabled=${busy} onClick=${older}>${busy ? "Reading…" : "Show older ones"}</button>`}
  `;
}

export function Receipts({ me, query }) {
  const state = useReceipts(query);
  const filter = filterFrom(query, FILTERS);
  const again = html`<button type="button" onClick=${state.reload} disabled=${state.busy}>Look again</button>`;
  return html`<${Section} title="Requests to models" about="Each exactly as it left, after personal details were replaced. Newest first." actions=${again}>
    <${Filter} filter=${filter} me=${me} />
    <${List} state=${state} me=${me} filtered=${FILTERS.some((name) => filter[name])} />
  </${Section}>`;
}
