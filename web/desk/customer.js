// What this role may know about the customer, where it came from, and how much it may not.
import { useEffect, useState } from "/web/vendor/hooks.js";
import { api } from "./api.js";
import { fullTime, humanize, languageName, plural, regionName } from "./format.js";
import { html } from "./html.js";
import { Icon, channelIcon } from "./icons.js";
import { ATTRIBUTES, GROUPS, channelName, sourceName } from "./words.js";

function useContact(id, change) {
  const [state, setState] = useState({ id: null, contact: null, problem: null });
  useEffect(() => {
    let current = true;
    api.contact(id).then(
      (contact) => current && setState({ id, contact, problem: null }),
      (problem) => current && setState({ id, contact: null, problem }),
    );
    return () => (current = false);
  }, [id, change]);
  return state.id === id ? state : { contact: null, problem: null };
}

function groups(attributes) {
  const found = new Map();
  for (const attribute of attributes) {
    const dot = attribute.name.indexOf(".");
    const group = dot < 0 ? "" : attribute.name.slice(0, dot);
    if (!found.has(group)) found.set(group, []);
    found.get(group).push(attribute);
  }
  return [...found].sort(([a], [b]) => (a === "" ? -1 : b === "" ? 1 : 0));
}

function label(name) {
  return ATTRIBUTES[name] ?? humanize(name.slice(name.indexOf(".") + 1));
}

function shown({ name, value }) {
  if (name === "country") return regionName(value);
  if (name === "language") return languageName(value);
  return value;
}

function Field({ attribute }) {
  const origin = `${sourceName(attribute.source)}, ${fullTime(attribute.observed_at)}`;
  return html`<div class="fact">
    <dt>${label(attribute.name)}</dt>
    <dd title=${origin} tabindex="0">
      <bdi>${shown(attribute)}</bdi><span class="origin">${origin}</span>
    </dd>
  </div>`;
}

function Fields({ contact }) {
  return html`
    ${groups(contact.attributes).map(
      ([group, attributes]) => html`<section key=${group} class="facts">
        <h3>${GROUPS[group] ?? humanize(group)}</h3>
        <dl>
          ${attributes.map((attribute) => html`<${Field} key=${attribute.name} attribute=${attribute} />`)}
        </dl>
      </section>`,
    )}
    ${contact.attributes.length === 0 &&
    !contact.withheld &&
    html`<p class="quiet">Nothing is known about this customer yet.</p>`}
    ${contact.withheld > 0 &&
    html`<p class="withheld">
      <${Icon} name="lock" />
      ${plural(contact.withheld, "more field is", "more fields are")} not in your role.
    </p>`}
  `;
}

export function Customer({ line, change, unitTitle, can, onClose }) {
  const { contact, problem } = useContact(line.contact_id, change);
  return html`
    <header class="customer-head">
      <h2><bdi>${line.contact_name}</bdi></h2>
      <button type="button" class="icon-button only-narrow" aria-label="Close the customer panel"
        onClick=${onClose}><${Icon} name="close" /></button>
      <p>
        <${Icon} name=${channelIcon(line.channel)} />
        ${channelName(line.channel)}${unitTitle ? ` · ${unitTitle}` : ""}
      </p>
    </header>
    <div class="customer-body">
      ${problem
        ? html`<p class="quiet">
            ${problem.status === 403 ? "Your role does not include customer records." : problem.message}
          </p>`
        : contact
          ? html`<${Fields} contact=${contact} />`
          : html`<div class="skeleton" role="status" aria-label="Loading the customer">
              <div class="skeleton-row"></div><div class="skeleton-row"></div>
            </div>`}
      ${can.export &&
      html`<section class="facts">
        <h3>Conversation</h3>
        <a class="link-row" href=${`/console/#/ledger?take=${line.id}`}>
          <${Icon} name="download" />Ask for the transcript
        </a>
      </section>`}
    </div>
  `;
}
