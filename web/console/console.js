// The frame: which pages a role has, where one is, and who is signed in.
import { useEffect, useRef, useState } from "/web/vendor/hooks.js";
import { useToast } from "/web/desk/hooks.js";
import { html } from "/web/desk/html.js";
import { Icon } from "/web/desk/icons.js";
import { ROLES } from "/web/desk/words.js";
import { Channels } from "./channels.js";
import { Customers } from "./customers.js";
import { Guardrails } from "./guardrails.js";
import { Knowledge } from "./knowledge.js";
import { Ledger } from "./ledger.js";
import { useNames } from "./names.js";
import { Overview } from "./overview.js";
import { People } from "./people.js";
import { Playground } from "./playground.js";
import { Receipts } from "./receipts.js";

// A page is there for who has one of its permissions; each part of it asks again.
const PAGES = [
  { id: "overview", name: "Overview", icon: "eye", needs: null, page: Overview },
  { id: "customers", name: "Customers", icon: "person", needs: ["contact:list"], page: Customers },
  { id: "knowledge", name: "Knowledge", icon: "book", needs: ["knowledge:read"], page: Knowledge },
  { id: "guardrails", name: "Guardrails", icon: "shield", needs: ["guardrails:read"], page: Guardrails },
  { id: "playground", name: "Playground", icon: "flask", needs: ["guardrails:read"], page: Playground },
  { id: "receipts", name: "Receipts", icon: "paper", needs: ["receipt:read"], page: Receipts },
  { id: "channels", name: "Channels", icon: "web", needs: ["channel:read", "inbox:read"], page: Channels },
  {
    id: "people", name: "People", icon: "team", page: People,
    needs: ["user:read", "role:read", "assistant:read", "token:write"],
  },
  { id: "ledger", name: "Ledger", icon: "lock", needs: ["ledger:read"], page: Ledger },
];

// The address says what is open: #/ledger?action=refused
function place() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { id: path || "overview", query };
}

function usePlace() {
  const [current, setCurrent] = useState(place);
  useEffect(() => {
    const changed = () => setCurrent(place());
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, []);
  return current;
}

function Side({ me, pages, current, onSignOut }) {
  return html`<header class="side">
    <div class="brand"><span class="brand-mark"><${Icon} name="web" /></span>Frontdesk</div>
    <nav aria-label="Pages">
      <ul class="pages">
        ${pages.map(
          ({ id, name, icon }) => html`<li key=${id}>
            <a class="page" href=${`#/${id}`} aria-current=${id === current ? "page" : null}>
              <${Icon} name=${icon} />${name}
            </a>
          </li>`,
        )}
      </ul>
    </nav>
    <div class="who">
      <div>
        <strong><bdi>${me.name}</bdi></strong>
        <span>${ROLES[me.role] ?? me.role}</span>
      </div>
      ${me.permissions.includes("conversation:read") &&
      html`<a class="who-desk" href="/desk/"><${Icon} name="inbox" />Desk</a>`}
      <button type="button" class="icon-button" title="Sign out" aria-label="Sign out" onClick=${onSignOut}>
        <${Icon} name="exit" />
      </button>
    </div>
  </header>`;
}

export function Console({ me, onSignOut }) {
  const may = (permission) => me.permissions.includes(permission);
  const pages = PAGES.filter(({ needs }) => needs === null || needs.some(may));
  const { id, query } = usePlace();
  const open = pages.find((page) => page.id === id) ?? pages[0];
  const [toast, showToast] = useToast();
  const names = useNames(me);
  const heading = useRef(null);
  const first = useRef(true);

  useEffect(() => {
    document.title = `${open.name} · Frontdesk console`;
    // A new page begins at its top, for the eye and for a screen reader.
    if (!first.current) {
      heading.current?.focus({ preventScroll: true });
      window.scrollTo(0, 0);
    }
    first.current = false;
  }, [open.id]);

  function skip(event) {
    event.preventDefault();
    heading.current?.focus();
  }

  return html`<div class="console">
    <a class="skip" href="#content" onClick=${skip}>Skip to the content</a>
    <${Side} me=${me} pages=${pages} current=${open.id} onSignOut=${onSignOut} />
    <main class="content" id="content">
      <div class="page-head">
        <h1 ref=${heading} tabindex="-1">${open.name}</h1>
        ${me.demo && html`<p class="demo-mark">Demo data: none of these people exist.</p>`}
      </div>
      <${open.page} key=${open.id} me=${me} may=${may} names=${names} query=${query} toast=${showToast} />
    </main>
    <div class="status status-console" role="status" aria-live="polite">
      ${toast && html`<p class=${`toast toast-${toast.tone}`}>${toast.text}</p>`}
    </div>
  </div>`;
}
