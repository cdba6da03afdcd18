// The front door of the console.
import { render } from "/web/vendor/preact.js";
import { html } from "/web/desk/html.js";
import { useMe } from "/web/desk/me.js";
import { SignIn } from "/web/desk/sign_in.js";
import { Console } from "./console.js";

function App() {
  const { me, notice, signedIn, signOut } = useMe();
  if (me === undefined) return html`<div class="door" aria-busy="true"></div>`;
  if (me === null) {
    return html`<${SignIn} title="Sign in to the console" notice=${notice} onSignedIn=${signedIn} />`;
  }
  return html`<${Console} key=${me.id} me=${me} onSignOut=${signOut} />`;
}

const root = document.getElementById("root");
root.textContent = "";
render(html`<${App} />`, root);
