// The door: e-mail and password, and one sentence when it does not open.
import { useEffect, useRef, useState } from "/web/vendor/hooks.js";
import { api } from "./api.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";

function explain(problem) {
  if (problem.status === 401) return "E-mail and password do not match.";
  if (problem.status === 429) {
    const wait = problem.retryAfter;
    return wait
      ? `Too many attempts. Try again in ${wait > 90 ? `${Math.ceil(wait / 60)} minutes` : `${wait} seconds`}.`
      : "Too many attempts. Try again in a few minutes.";
  }
  return problem.message;
}

export function SignIn({ onSignedIn, notice, title = "Sign in to your desk" }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  const email = useRef(null);
  const password = useRef(null);

  useEffect(() => {
    document.title = "Sign in · Frontdesk";
    email.current.focus();
  }, []);

  async function submit(event) {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      onSignedIn(await api.signIn(email.current.value.trim(), password.current.value));
    } catch (error) {
      setProblem(explain(error));
      setBusy(false);
      password.current.select();
    }
  }

  return html`<main class="door">
    <form class="door-card" onSubmit=${submit}>
      <div class="brand"><span class="brand-mark"><${Icon} name="web" /></span>Frontdesk</div>
      <h1>${title}</h1>
      ${notice && html`<p class="notice" role="status">${notice}</p>`}
      <label>
        E-mail
        <input
          ref=${email} type="email" name="email" autocomplete="username" required
          aria-invalid=${Boolean(problem)} aria-describedby=${problem ? "door-problem" : null}
        />
      </label>
      <label>
        Password
        <input
          ref=${password} type="password" name="password" autocomplete="current-password" required
          aria-invalid=${Boolean(problem)} aria-describedby=${problem ? "door-problem" : null}
        />
      </label>
      <div role="alert">
        ${problem && html`<p class="problem" id="door-problem">${problem}</p>`}
      </div>
      <button class="primary wide" type="submit" disabled=${busy}>
        ${busy ? "Signing in…" : "Sign in"}
      </button>
    </form>
  </main>`;
}
