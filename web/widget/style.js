// The widget's look, as a constructed style sheet: it needs no permission for inline styles.

export const STYLE = new CSSStyleSheet();

STYLE.replaceSync(`
:host {
  --accent: var(--support-chat-accent, #0f766e);
  --on-accent: var(--support-chat-on-accent, #fff);
  --pane: #fff; --sunk: #f4f6f4; --edge: #dfe4e0; --ink: #1a211f; --soft: #586460; --bad: #b3261e;
  --wash: #eef0fb; --wait: #92400e; --wait-wash: #fef3e2;
  position: fixed; inset-block-end: 20px; inset-inline-end: 20px; z-index: 2147483000;
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK JP", sans-serif;
  color: var(--ink); color-scheme: light dark; text-align: start;
}
@media (prefers-color-scheme: dark) {
  :host {
    --accent: var(--support-chat-accent, #1f8d81); --pane: #171c1b; --sunk: #0f1312; --edge: #303937;
    --ink: #e6ebe8; --soft: #a0ada8; --bad: #ff9c93; --wash: #232838; --wait: #f6bf74; --wait-wash: #33240f;
    --on-accent: var(--support-chat-on-accent, #03110f);
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
button, textarea { font: inherit; color: inherit; }
button { cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
svg { inline-size: 24px; block-size: 24px; fill: none; stroke: currentcolor; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; }
:host([dir="rtl"]) .send svg { transform: scaleX(-1); }
.unseen { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.launch { position: relative; display: grid; place-items: center; inline-size: 60px; block-size: 60px; margin-inline-start: auto; border: 0; border-radius: 50%; background: var(--accent); color: var(--on-accent); box-shadow: 0 6px 24px rgb(0 0 0 / 22%); }
.launch svg { inline-size: 28px; block-size: 28px; }
.count { position: absolute; inset-block-start: -3px; inset-inline-end: -3px; min-inline-size: 22px; border-radius: 11px; background: #b3261e; color: #fff; font-size: 13px; font-weight: 600; line-height: 22px; text-align: center; }

.panel { display: grid; grid-template-rows: auto minmax(0, 1fr) auto auto; inline-size: min(390px, calc(100vw - 40px)); block-size: min(640px, calc(100dvh - 40px)); border: 1px solid var(--edge); border-radius: 20px; background: var(--pane); box-shadow: 0 16px 56px rgb(0 0 0 / 24%); overflow: hidden; }

.head { display: grid; grid-template-columns: 42px minmax(0, 1fr) 36px; gap: 12px; align-items: center; border-block-end: 1px solid var(--edge); padding: 13px 12px 13px 16px; }
.mark { display: grid; place-items: center; inline-size: 42px; block-size: 42px; border-radius: 50%; background: var(--accent); color: var(--on-accent); }
h2 { margin: 0; overflow: hidden; font-size: 16px; font-weight: 650; line-height: 1.3; text-overflow: ellipsis; white-space: nowrap; }
.who { display: flex; align-items: center; gap: 6px; margin: 0; color: var(--soft); font-size: 13px; }
.who::before { content: ""; flex: none; inline-size: 8px; block-size: 8px; border-radius: 50%; background: #7c6ad6; }
.who.team::before { background: #e08a1e; }
.who.user::before { background: #2e9e5b; }
.plain { display: grid; place-items: center; inline-size: 36px; block-size: 36px; border: 0; border-radius: 10px; background: none; color: var(--soft); padding: 0; }
.plain:hover { background: var(--sunk); color: var(--ink); }

.scroll { overflow-y: auto; overscroll-behavior: contain; background: var(--sunk); padding: 16px; }
.scroll:focus-visible { outline-offset: -3px; }
.intro { margin: 0 auto 14px; max-inline-size: 300px; color: var(--soft); font-size: 13px; text-align: center; }
ol, ul { list-style: none; margin: 0; padding: 0; }
ol { display: flex; flex-direction: column; gap: 4px; }
ol > li { display: grid; justify-items: start; max-inline-size: 88%; align-self: flex-start; }
ol > li.contact { justify-items: end; align-self: flex-end; }
ol > li.first { margin-block-start: 10px; }
.name { margin: 0 0 2px; padding-inline: 4px; color: var(--soft); font-size: 12px; }
.text { margin: 0; border-radius: 5px 16px 16px; background: var(--pane); border: 1px solid var(--edge); padding: 9px 13px; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; }
.assistant .text { background: var(--wash); border-color: transparent; }
.contact .text { border-radius: 16px 5px 16px 16px; border-color: transparent; background: var(--accent); color: var(--on-accent); }
.pending .text { opacity: .72; }
.text a { color: inherit; }
.state { margin: 2px 0 0; padding-inline: 4px; color: var(--soft); font-size: 12px; }
.state.bad { color: var(--bad); }
.state button { border: 0; background: none; padding: 2px 4px; color: inherit; text-decoration: underline; }
.sources { margin: 5px 0 2px; padding-inline: 4px; color: var(--soft); font-size: 12px; }
.sources ul, .sources li { display: inline; }
.sources li + li::before { content: ", "; }
.sources a { color: inherit; }
.typing { display: inline-flex; gap: 4px; margin-block-start: 10px; border-radius: 5px 16px 16px; background: var(--wash); padding: 13px 14px; }
.typing i { inline-size: 7px; block-size: 7px; border-radius: 50%; background: var(--soft); opacity: .5; }

.notice { margin: 0; border-block-start: 1px solid var(--edge); background: var(--wait-wash); color: var(--wait); padding: 7px 16px; font-size: 13px; }

form { border-block-start: 1px solid var(--edge); padding: 10px 12px 12px; }
.field { display: flex; align-items: flex-end; gap: 6px; border: 1px solid var(--edge); border-radius: 16px; background: var(--pane); padding: 4px 4px 4px 14px; }
.field:focus-within { border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent); }
textarea { flex: 1; min-inline-size: 0; max-block-size: 132px; border: 0; background: none; padding: 8px 0; line-height: 22px; resize: none; outline: 0; }
textarea:focus-visible { outline: 0; }
textarea::placeholder { color: var(--soft); opacity: 1; }
.send { flex: none; display: grid; place-items: center; inline-size: 40px; block-size: 40px; border: 0; border-radius: 12px; background: var(--accent); color: var(--on-accent); padding: 0; }
.send:disabled { background: var(--sunk); color: var(--soft); cursor: default; }
.send svg { inline-size: 20px; block-size: 20px; }
.person { display: block; margin: 8px auto 0; border: 0; border-radius: 8px; background: none; padding: 3px 10px; color: var(--soft); font-size: 13px; text-decoration: underline; text-underline-offset: 3px; }
.person:hover { color: var(--ink); }

@media (prefers-reduced-motion: no-preference) {
  .typing i { animation: wave 1.2s infinite; }
  .typing i:nth-child(2) { animation-delay: .15s; }
  .typing i:nth-child(3) { animation-delay: .3s; }
  @keyframes wave { 30% { transform: translateY(-4px); opacity: 1; } }
  .panel { animation: rise .18s ease-out; }
  @keyframes rise { from { opacity: 0; transform: translateY(10px); } }
}
@media (max-width: 480px) {
  :host([open]) { inset: 0; }
  :host([open]) .panel { inline-size: 100%; block-size: 100dvh; border: 0; border-radius: 0; }
  textarea { font-size: 16px; }
}
`);
