// The one place where templates meet the renderer.
import { h } from "/web/vendor/preact.js";
import htm from "/web/vendor/htm.js";

export const html = htm.bind(h);
