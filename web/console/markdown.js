// Markdown as elements, for previews: the help centre renders the same signs on the server.
import { html } from "/web/desk/html.js";

const WEB = /^https?:[/]{2}/i;
const INLINE = /(`+)([\s\S]*?[^`])\1(?!`)|\*\*(.+?)\*\*|__(.+?)__|\*([^\s*](?:.*?[^\s*])?)\*|!?\[([^\]]*)\]\(([^)\s]*)(?:\s+"[^"]*")?\)/g;
const ITEM = /^(\s*)(?:[-*+]|\d{1,9}[.)])\s+(.*)$/;
const ROW = /^\s*\|?.*\|.*$/;
const RULE = /^\s*\|?(?:\s*:?-+:?\s*\|)+\s*(?::?-+:?\s*)?$|^\s*\|\s*:?-+:?\s*\|?\s*$/;

export function inline(text) {
  const found = [];
  let from = 0;
  for (const match of text.matchAll(INLINE)) {
    found.push(text.slice(from, match.index));
    from = match.index + match[0].length;
    const [whole, , code, strong, alsoStrong, soft, label, address] = match;
    if (code !== undefined) found.push(html`<code>${code}</code>`);
    else if (strong ?? alsoStrong) found.push(html`<strong>${inline(strong ?? alsoStrong)}</strong>`);
    else if (soft) found.push(html`<em>${inline(soft)}</em>`);
    else if (whole.startsWith("!")) found.push(label);
    else if (WEB.test(address)) {
      found.push(html`<a href=${address} rel="nofollow noopener noreferrer" target="_blank">${inline(label)}</a>`);
    } else found.push(html`<span class="preview-link">${inline(label)}</span>`);
  }
  found.push(text.slice(from));
  return found;
}

const cells = (line) => line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());

function table(lines) {
  const [head, , ...rows] = lines.map(cells);
  return html`<div class="table-box"><table class="table">
    <thead><tr>${head.map((cell) => html`<th scope="col">${inline(cell)}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${inline(cell)}</td>`)}</tr>`)}</tbody>
  </table></div>`;
}

function list(lines) {
  const ordered = /^\s*\d/.test(lines[0]);
  const base = ITEM.exec(lines[0])[1].length;
  const found = [];
  for (const line of lines) {
    const match = ITEM.exec(line);
    if (match && match[1].length <= base) found.push({ text: match[2], below: [] });
    else if (match) found.at(-1).below.push(line);
    else found.at(-1).text += ` ${line.trim()}`;
  }
  const inside = found.map(
    ({ text, below }) => html`<li>${inline(text)}${below.length > 0 && list(below)}</li>`,
  );
  return ordered ? html`<ol>${inside}</ol>` : html`<ul>${inside}</ul>`;
}

// Lines from `start` on for as long as they belong together.
function taken(lines, start, goesOn) {
  let end = start;
  while (end < lines.length && goesOn(lines[end], end)) end += 1;
  return lines.slice(start, end);
}

function block(lines, start) {
  const line = lines[start];
  const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
  if (heading) {
    // One level down: the page has a title of its own.
    return { used: 1, made: html`<${`h${Math.min(6, heading[1].length + 2)}`}>${inline(heading[2])}<//>` };
  }
  if (/^\s*(```|~~~)/.test(line)) {
    const inside = taken(lines, start + 1, (one) => !/^\s*(```|~~~)/.test(one));
    return { used: inside.length + 2, made: html`<pre><code>${inside.join("\n")}</code></pre>` };
  }
  if (/^\s*>/.test(line)) {
    const inside = taken(lines, start, (one) => /^\s*>/.test(one));
    return { used: inside.length, made: html`<blockquote>${blocks(inside.map((one) => one.replace(/^\s*> ?/, "")))}</blockquote>` };
  }
  if (/^\s*([-*_])(?:\s*\1){2,}\s*$/.test(line)) return { used: 1, made: html`<hr />` };
  if (ROW.test(line) && RULE.test(lines[start + 1] ?? "")) {
    const inside = taken(lines, start, (one) => ROW.test(one));
    return { used: inside.length, made: table(inside) };
  }
  if (ITEM.test(line)) {
    const inside = taken(lines, start, (one, place) => place === start || ITEM.test(one) || /^\s+\S/.test(one));
    return { used: inside.length, made: list(inside) };
  }
  const inside = taken(lines, start, (one, place) => place === start || (one.trim() && !/^(#{1,6}\s|\s*(```|~~~|>))/.test(one) && !ITEM.test(one)));
  return { used: inside.length, made: html`<p>${inline(inside.join("\n"))}</p>` };
}

function blocks(lines) {
  const found = [];
  for (let place = 0; place < lines.length; ) {
    if (!lines[place].trim()) {
      place += 1;
      continue;
    }
    const { used, made } = block(lines, place);
    found.push(made);
    place += used;
  }
  return found;
}

export function Markdown({ text, lang }) {
  return html`<div class="preview" lang=${lang || null} dir="auto">${blocks(text.replace(/\r\n?/g, "\n").split("\n"))}</div>`;
}
