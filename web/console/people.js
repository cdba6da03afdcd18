// Who works here, people and assistants, and what each role allows.
import { initials, languageName } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { Icon } from "/web/desk/icons.js";
import { ROLES } from "/web/desk/words.js";
import { api } from "./api.js";
import { Empty, Loaded, Section, Table, Tag, nameOfUnit, useLoad } from "./kit.js";
import { Roles, roleName } from "./roles.js";
import { Tokens } from "./tokens.js";

const unitsOf = (me, ids) => ids.map((id) => nameOfUnit(me, id)).join(", ") || "–";

function Colleagues({ me }) {
  const state = useLoad(api.users);
  return html`<${Section} title="Colleagues" about="The people who share a unit with you.">
    <${Loaded} of=${state} what="the colleagues">
      ${(users) => html`<${Table} label="Colleagues" columns=${["Name", "E-mail", "Role", "Units", "State"]}
        rows=${users.map((user) => ({
          key: user.id,
          cells: [
            html`<span class="person"><span class="person-face" aria-hidden="true">${initials(user.name)}</span>
              <span><bdi>${user.name}</bdi>${user.id === me.id ? " (you)" : ""}</span></span>`,
            html`<span class="breakable">${user.email}</span>`,
            ROLES[user.role] ?? user.role,
            unitsOf(me, user.units.filter((id) => me.units.some((unit) => unit.id === id))),
            html`<${Tag} tone=${user.active ? "good" : "quiet"}>${user.active ? "Active" : "Switched off"}</${Tag}>`,
          ],
        }))} />`}
    </${Loaded}>
  </${Section}>`;
}

function Assistants({ me }) {
  const state = useLoad(api.assistants);
  return html`<${Section} title="Assistants" about="AI employees. Each acts with a role, like everybody else, and is held to it.">
    <${Loaded} of=${state} what="the assistants">
      ${(items) =>
        items.length
          ? html`<ul class="cards cards-people">
              ${items.map(
                (one) => html`<li key=${one.id} class="card">
                  <div class="card-head">
                    <span class="card-icon card-icon-ai"><${Icon} name="spark" /></span>
                    <h3><bdi>${one.name}</bdi><small>${unitsOf(me, one.units)}</small></h3>
                    <${Tag} tone="ai">${roleName(one.role)}</${Tag}>
                  </div>
                  <dl class="pairs">
                    <dt>Answers in</dt><dd>${one.languages.map(languageName).join(", ") || "–"}</dd>
                    ${one.instructions && html`<dt>Instructions</dt><dd dir="auto">${one.instructions}</dd>`}
                  </dl>
                </li>`,
              )}
            </ul>`
          : html`<${Empty} icon="spark" title="No assistant works here">Every message waits for a person.</${Empty}>`}
    </${Loaded}>
  </${Section}>`;
}

export function People({ me, may, toast }) {
  return html`
    ${may("user:read") && html`<${Colleagues} me=${me} />`}
    ${may("assistant:read") && html`<${Assistants} me=${me} />`}
    ${may("role:read") && html`<${Roles} />`}
    ${may("token:write") && html`<${Tokens} me=${me} toast=${toast} />`}
  `;
}
