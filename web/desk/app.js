// The front door of the desk.
import { render } from "/web/vendor/preact.js";
import { Desk } from "./desk.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { useMe } from "./me.js";
import { SignIn } from "./sign_in.js";
import { ROLES } from "./words.js";

function NoReading({ me, onSignOut }) {
  return html`<main class="door">
    <div class="door-card">
      <div class="brand"><span class="brand-mark"><${Icon} name="web" /></span>Frontdesk</div>
      <h1>Conversations are not in your role</h1>
      <p>
        You are signed in as <bdi>${me.name}</bdi> (${ROLES[me.role] ?? me.role}). This role does not
        read what customers write; it looks after the rest of the house, and does so in the console.
      </p>
      <a class="door-link" href="/console/">Open the console<${Icon} name="arrow" /></a>
      <button type="button" class="wide" onClick=${onSignOut}>Sign in as somebody else</button>
    </div>
  </main>`;
}

function App() {
  const { me, notice, signedIn, signOut } = useMe();
  if (me === undefined) return html`<div class="door" aria-busy="true"></div>`;
  if (me === null) return html`<${SignIn} notice=${notice} onSignedIn=${signedIn} />`;
  if (!me.permissions.includes("conversation:read")) {
    return html`<${NoReading} me=${me} onSignOut=${signOut} />`;
  }
  return html`<${Desk} key=${me.id} me=${me} onSignOut=${signOut} />`;
}

const root = document.getElementById("root");
root.textContent = "";
render(html`<${App} />`, root);
