// Whoever comes to this page wants to write: open the chat at once.
customElements.whenDefined("support-chat").then(() => document.querySelector("support-chat")?.open());
