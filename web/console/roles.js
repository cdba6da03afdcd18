// Roles beside each other: what each may do, and which fields it sees.
import { humanize } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { Icon } from "/web/desk/icons.js";
import { ATTRIBUTES, GROUPS, ROLES } from "/web/desk/words.js";
import { api } from "./api.js";
import { Loaded, Section, useLoad } from "./kit.js";
import { PERMISSIONS, RESOURCES } from "./words.js";

export const roleName = (name) => ROLES[name] ?? humanize(name);

const upper = (text) => text.charAt(0).toUpperCase() + text.slice(1);

// "order.*" -> "Last order: everything"
function fieldName(pattern) {
  if (ATTRIBUTES[pattern]) return ATTRIBUTES[pattern];
  const [group, rest] = [pattern.slice(0, pattern.indexOf(".")), pattern.slice(pattern.indexOf(".") + 1)];
  if (!pattern.includes(".")) return humanize(pattern);
  return `${GROUPS[group] ?? humanize(group)}: ${rest === "*" ? "everything" : humanize(rest).toLowerCase()}`;
}

const grantOf = (role, permission) => role.grants.find((grant) => grant.permission === permission);
const isWhole = (grant) => grant.fields.includes("*");

// Whether a pattern of the grant covers this one, as in "loyalty.*" and "loyalty.tier".
function covers(grant, wanted) {
  return grant.fields.some(
    (pattern) =>
      pattern === "*" || pattern === wanted ||
      (pattern.endsWith("*") && wanted.startsWith(pattern.slice(0, -1))),
  );
}

// The fields that make a difference between roles; none where nobody is narrowed.
function fieldsOf(roles, permission) {
  const named = roles.flatMap((role) => grantOf(role, permission)?.fields ?? []);
  return [...new Set(named.filter((pattern) => pattern !== "*"))].sort();
}

function Cell({ grant, field }) {
  if (!grant || (field && !covers(grant, field))) {
    return html`<td><span class="no" aria-hidden="true">–</span><span class="hidden">no</span></td>`;
  }
  if (grant.needs_approval) return html`<td><span class="some">after approval</span></td>`;
  if (!field && !isWhole(grant)) return html`<td><span class="some">some fields</span></td>`;
  return html`<td class="yes"><${Icon} name="check" label="yes" /></td>`;
}

function Group({ resource, permissions, roles }) {
  return html`<tbody>
    <tr class="matrix-group"><th scope="rowgroup" colspan=${roles.length + 1}>${RESOURCES[resource] ?? humanize(resource)}</th></tr>
    ${permissions.map(
      (permission) => html`
        <tr key=${permission}>
          <th scope="row">${upper(PERMISSIONS[permission] ?? permission)} <code>${permission}</code></th>
          ${roles.map((role) => html`<${Cell} key=${role.name} grant=${grantOf(role, permission)} />`)}
        </tr>
        ${fieldsOf(roles, permission).map(
          (field) => html`<tr key=${`${permission} ${field}`} class="matrix-field">
            <th scope="row">${fieldName(field)} <code>${field}</code></th>
            ${roles.map((role) => html`<${Cell} key=${role.name} grant=${grantOf(role, permission)} field=${field} />`)}
          </tr>`,
        )}
      `,
    )}
  </tbody>`;
}

function Matrix({ roles }) {
  const permissions = [...new Set([...Object.keys(PERMISSIONS), ...roles.flatMap((role) => role.grants.map((grant) => grant.permission))])];
  const granted = permissions.filter((permission) => roles.some((role) => grantOf(role, permission)));
  const resources = [...new Set(granted.map((permission) => permission.split(":")[0]))].sort();
  return html`<div class="matrix-box" role="region" aria-label="Roles and their grants" tabindex="0">
    <table class="matrix">
      <caption class="hidden">What each role may do, down to the field</caption>
      <thead>
        <tr>
          <th scope="col"><span class="hidden">Permission</span></th>
          ${roles.map((role) => html`<th key=${role.name} scope="col">${roleName(role.name)}</th>`)}
        </tr>
      </thead>
      ${resources.map(
        (resource) => html`<${Group} key=${resource} resource=${resource} roles=${roles}
          permissions=${granted.filter((permission) => permission.split(":")[0] === resource)} />`,
      )}
    </table>
  </div>`;
}

export function Roles() {
  const state = useLoad(api.roles);
  return html`<${Section} title="Roles" about="What is not ticked is refused, and the refusal is written to the ledger.">
    <${Loaded} of=${state} what="the roles">${(roles) => html`<${Matrix} roles=${roles} />`}</${Loaded}>
  </${Section}>`;
}
