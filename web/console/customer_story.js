// Everything that happened with a customer, over all channels, newest first.
import { useEffect, useState } from "/web/vendor/hooks.js";
import { fullTime, humanize, plural } from "/web/desk/format.js";
import { html } from "/web/desk/html.js";
import { Icon, channelIcon } from "/web/desk/icons.js";
import { channelName, contentName } from "/web/desk/words.js";
import { record } from "./customer_api.js";
import { FOLLOW_UPS, MOMENTS, fieldLabel, origin, shown } from "./customer_words.js";
import { Problem, Section } from "./kit.js";

const ICONS = { message: "web", note: "note", event: "arrow", field: "person", conversation: "inbox" };

function said(moment) {
  const { kind, text, detail } = moment;
  if (kind === "field") return html`${fieldLabel(detail.field)}: <bdi>${text ? shown(detail.field, text) : "taken out"}</bdi>`;
  if (kind === "event") return humanize(detail.event?.kind ?? "event");
  if (kind === "contact:follow_up") return FOLLOW_UPS[detail.state]?.text ?? "Nothing to do any more";
  if (kind === "message" && detail.deleted) return "Taken back by its author";
  if (kind === "message" && !text) return contentName(detail.content_type);
  return html`<span dir="auto">${text}</span>`;
}

function by(moment) {
  if (moment.actor === "contact" || moment.actor.startsWith("contact/")) return "Customer";
  if (moment.kind === "field") return origin(moment.actor, moment.actor_name);
  return moment.actor_name || (moment.actor === "system/0" ? "Frontdesk" : moment.actor);
}

function Line({ moment }) {
  return html`<li class="moment">
    <${Icon} name=${moment.kind === "message" ? channelIcon(moment.channel) : (ICONS[moment.kind] ?? "paper")} />
    <div>
      <p class="moment-head"><strong>${MOMENTS[moment.kind] ?? humanize(moment.kind)}</strong>
        <span class="quiet"><bdi>${by(moment)}</bdi>${moment.channel ? `, ${channelName(moment.channel)}` : ""}, <time datetime=${moment.at}>${fullTime(moment.at)}</time></span></p>
      <p class="moment-text">${said(moment)}</p>
      ${moment.conversation_id && moment.kind === "conversation" && html`<a href=${`/desk/#/all/${moment.conversation_id}`}>Open in the desk</a>`}
    </div>
  </li>`;
}

export function Story({ id }) {
  const [state, setState] = useState({ moments: null, withheld: 0, mark: null, problem: null });
  async function load(mark) {
    try {
      const page = await record.timeline(id, mark);
      setState((before) => ({
        moments: [...(mark ? before.moments : []), ...page.moments], mark: page.mark, problem: null,
        withheld: (mark ? before.withheld : 0) + page.withheld,
      }));
    } catch (error) {
      setState((before) => ({ ...before, problem: error.message }));
    }
  }
  useEffect(() => {
    load(null);
  }, [id]);
  const { moments, withheld, mark, problem } = state;
  return html`<${Section} title="Timeline" about="All channels in one story.">
    ${problem && html`<${Problem} text=${problem} onRetry=${() => load(mark)} />`}
    ${moments === null && !problem && html`<div class="skeleton plain" role="status" aria-label="Loading the timeline"><div class="skeleton-row"></div></div>`}
    ${moments && html`<ol class="moments" aria-label="Timeline">${moments.map((moment) => html`<${Line} key=${`${moment.kind}/${moment.id}`} moment=${moment} />`)}</ol>`}
    ${withheld > 0 && html`<p class="withheld below"><${Icon} name="lock" /> ${plural(withheld, "moment is", "moments are")} not in your role.</p>`}
    ${mark && html`<p class="below"><button type="button" onClick=${() => load(mark)}>Show what was before</button></p>`}
  </${Section}>`;
}
