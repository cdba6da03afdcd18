// Three questions to the ledger, and asking for a transcript.
import { useState } from "/web/vendor/hooks.js";
import { fullTime } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { api } from "./api.js";
import { Problem, Section, Table } from "./kit.js";

const QUESTIONS = {
  saw: "Who saw a customer (number)",
  acts: "What somebody did (user/3)",
  touched: "Whose data somebody touched (user/3)",
};

// The first moment of a day as it is typed; the end of a period is the day after.
function moment(day, later = 0) {
  if (!day) return null;
  const at = new Date(`${day}T00:00:00`);
  at.setDate(at.getDate() + later);
  return at.toISOString();
}

async function answerTo(question, subject, since, until) {
  const period = { since: moment(since), until: moment(until, 1) };
  if (question === "saw") return { seen: await api.whoSaw(subject.replace(/\D/g, "") || "0", period) };
  if (question === "acts") return { seen: await api.acts(subject, period) };
  return { affected: await api.touched({ actor: subject, ...period }) };
}

function Answer({ answer, names }) {
  if (answer.seen) {
    if (!answer.seen.length) return html`<p role="status">Nobody, as far as your units reach.</p>`;
    return html`<${Table} label="Answer" columns=${["Who", "Did what", "Times", "First", "Last"]}
      rows=${answer.seen.map((one) => ({
        key: `${one.actor} ${one.action}`,
        cells: [names.named(one.actor), one.action, one.times, fullTime(one.first), fullTime(one.last)],
      }))} />`;
  }
  const { contacts, count, entries } = answer.affected;
  return html`
    <p role="status">${`${count} customers in ${entries} entries`}</p>
    ${contacts.length > 0 &&
    html`<${Table} label="Answer" columns=${["Customer", "Entries", "First", "Last"]}
      rows=${contacts.map((one) => ({
        key: one.contact_id,
        cells: [`Customer ${one.contact_id}`, one.times, fullTime(one.first), fullTime(one.last)],
      }))} />`}
  `;
}

export function Questions({ names }) {
  const [fields, setFields] = useState({ question: "saw", subject: "", since: "", until: "" });
  const [answer, setAnswer] = useState(null);
  const [problem, setProblem] = useState(null);
  const set = (name) => (event) => setFields({ ...fields, [name]: event.target.value.trim() });
  async function submit(event) {
    event.preventDefault();
    setProblem(null);
    try {
      setAnswer(await answerTo(fields.question, fields.subject, fields.since, fields.until));
    } catch (error) {
      setAnswer(null);
      setProblem(error.message);
    }
  }
  return html`<${Section} title="Questions" about="That you asked is in the ledger, too.">
    <form class="ask filter" aria-label="Ask the ledger" onSubmit=${submit}>
      <label>
        Question
        <select value=${fields.question} onChange=${set("question")}>
          ${Object.entries(QUESTIONS).map(([code, text]) => html`<option key=${code} value=${code}>${text}</option>`)}
        </select>
      </label>
      <label>About <input type="search" value=${fields.subject} autocomplete="off" onInput=${set("subject")} /></label>
      <label>From day <input type="date" value=${fields.since} onInput=${set("since")} /></label>
      <label>To day <input type="date" value=${fields.until} onInput=${set("until")} /></label>
      <button type="submit" class="primary">Ask</button>
    </form>
    ${problem && html`<${Problem} text=${problem} />`}
    ${answer && html`<${Answer} answer=${answer} names=${names} />`}
  </${Section}>`;
}

export function Take({ conversation }) {
  const [fields, setFields] = useState({ number: conversation ?? "", reason: "" });
  const [said, setSaid] = useState("");
  const [problem, setProblem] = useState(null);
  async function submit(event) {
    event.preventDefault();
    setProblem(null);
    setSaid("");
    try {
      const { id } = await api.askExport(fields.number, fields.reason);
      setSaid(`Request ${id} waits for somebody else to decide.`);
    } catch (error) {
      setProblem(error.message);
    }
  }
  return html`<${Section} title="Take a transcript out" about="A second person decides; the file can be taken once, within a day.">
    <form class="ask filter" aria-label="Ask for a transcript" onSubmit=${submit}>
      <label>
        Conversation
        <input type="number" min="1" required class="short" value=${fields.number}
          onInput=${(event) => setFields({ ...fields, number: event.target.value })} />
      </label>
      <label>
        Reason
        <input required maxlength="500" autocomplete="off" value=${fields.reason}
          onInput=${(event) => setFields({ ...fields, reason: event.target.value })} />
      </label>
      <button type="submit" class="primary">Ask for it</button>
    </form>
    ${problem && html`<${Problem} text=${problem} />`}
    <p role="status" class=${said ? "" : "hidden"}>${said}</p>
  </${Section}>`;
}
