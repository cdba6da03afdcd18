// Pieces that every page is made of: loading, sections, tables, copying, asking twice.
import { useCallback, useEffect, useRef, useState } from "/web/vendor/hooks.js";
import { Dialog, DialogHead } from "/web/desk/dialogs.js";
import { html } from "/web/desk/html.js";
import { Icon } from "/web/desk/icons.js";

// Reads something now and whenever `reload` is called; only the newest answer counts.
export function useLoad(read, inputs = []) {
  const [state, setState] = useState({ data: null, problem: null, busy: true });
  const turn = useRef(0);
  const reload = useCallback(async () => {
    const mine = ++turn.current;
    setState((before) => ({ ...before, busy: true }));
    let next;
    try {
      next = { data: await read(), problem: null, busy: false };
    } catch (error) {
      next = { problem: error.message, busy: false };
    }
    if (mine === turn.current) setState((before) => ({ data: before.data, ...next }));
  }, inputs);
  useEffect(() => {
    setState({ data: null, problem: null, busy: true });
    reload();
    return () => (turn.current += 1);
  }, [reload]);
  return { ...state, reload };
}

export function Problem({ text, onRetry }) {
  return html`<div class="problem problem-row" role="alert">
    <span>${text}</span>
    ${onRetry && html`<button type="button" onClick=${onRetry}>Try again</button>`}
  </div>`;
}

export function Empty({ icon, title, children }) {
  return html`<div class="empty">
    <${Icon} name=${icon} />
    <p><strong>${title}</strong></p>
    <p>${children}</p>
  </div>`;
}

// What was read, or that it is being read, or why it could not be.
export function Loaded({ of, what, children }) {
  const { data, problem, reload } = of;
  if (data === null && !problem) {
    return html`<div class="skeleton plain" role="status" aria-label=${`Loading ${what}`}>
      <div class="skeleton-row"></div><div class="skeleton-row"></div>
    </div>`;
  }
  return html`
    ${problem && html`<${Problem} text=${problem} onRetry=${reload} />`}
    ${data !== null && children(data)}
  `;
}

export function Section({ title, about, actions, children }) {
  return html`<section class="section" aria-label=${title}>
    <header class="section-head">
      <div>
        <h2>${title}</h2>
        ${about && html`<p class="quiet">${about}</p>`}
      </div>
      ${actions}
    </header>
    ${children}
  </section>`;
}

// On a narrow screen each row becomes a card; the cells then say their column's name.
export function Table({ label, columns, rows }) {
  return html`<div class="table-box">
    <table class="table" aria-label=${label}>
      <thead>
        <tr>
          ${columns.map((name) => html`<th key=${name} scope="col">${name || html`<span class="hidden">Acts</span>`}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ key, cells }) => html`<tr key=${key}>
            ${cells.map((cell, place) =>
              place === 0
                ? html`<th key=${place} scope="row">${cell}</th>`
                : html`<td key=${place} class=${columns[place] ? "" : "table-end"} data-label=${columns[place] || null}>${cell}</td>`,
            )}
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

export function Tag({ tone = "quiet", icon, title, children }) {
  return html`<span class=${`tag tag-${tone}`} title=${title}>
    ${icon && html`<${Icon} name=${icon} />`}${children}
  </span>`;
}

// Shows a text to be taken elsewhere; `copy` is what is copied where it differs.
export function Copyable({ text, copy = text, what }) {
  const [state, setState] = useState("");
  const code = useRef(null);
  async function take() {
    try {
      await navigator.clipboard.writeText(copy);
      setState("Copied");
      setTimeout(() => setState(""), 2500);
    } catch {
      // No clipboard here: mark the text, so that the keyboard can copy it.
      getSelection().selectAllChildren(code.current);
      setState("Selected: copy it with the keyboard");
    }
  }
  return html`<span class="copyable">
    <code ref=${code}>${text}</code>
    <button type="button" class="small" aria-label=${`Copy ${what}`} onClick=${take}>
      <${Icon} name=${state === "Copied" ? "check" : "paper"} />${state === "Copied" ? "Copied" : "Copy"}
    </button>
    <span class=${state && state !== "Copied" ? "quiet" : "hidden"} role="status">${state}</span>
  </span>`;
}

export function Confirm({ title, act, onAct, onClose, children }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  async function go() {
    setBusy(true);
    setProblem(null);
    try {
      await onAct();
      onClose();
    } catch (error) {
      setProblem(error.message);
      setBusy(false);
    }
  }
  return html`<${Dialog} label=${title} onClose=${onClose}>
    <${DialogHead} title=${title} onClose=${onClose} />
    <div class="dialog-scroll form">
      <p>${children}</p>
      ${problem && html`<${Problem} text=${problem} />`}
      <div class="form-end">
        <button type="button" onClick=${onClose}>Keep it</button>
        <button type="button" class="danger" disabled=${busy} onClick=${go}>${busy ? "One moment…" : act}</button>
      </div>
    </div>
  </${Dialog}>`;
}

export const nameOfUnit = (me, id) => {
  const unit = me.units.find((one) => one.id === id);
  return unit ? unit.title || unit.name : `Unit ${id}`;
};

// Nothing to choose for who has one unit.
export function UnitField({ me, label = "Unit", value, onChange, everywhere = false }) {
  if (me.units.length < 2) return null;
  return html`<label>
    ${label}
    <select value=${value} onChange=${(event) => onChange(Number(event.target.value))}>
      ${me.units.map((unit) => html`<option key=${unit.id} value=${unit.id}>${unit.title || unit.name}</option>`)}
      ${everywhere && html`<option value="0">All my units</option>`}
    </select>
  </label>`;
}
