// Elements made by hand: every text is a text node, never markup.

const SVG = "http://www.w3.org/2000/svg";

export function el(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in element && !key.startsWith("aria")) element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const SHAPES = {
  chat: "M5 7a3 3 0 0 1 3-3h8a3 3 0 0 1 3 3v6a3 3 0 0 1-3 3h-4.5L7 20v-4.2A3 3 0 0 1 5 13z",
  close: "M6 6l12 12M18 6L6 18",
  down: "M6 9l6 6 6-6",
  send: "M5 12h13M12.5 6l6 6-6 6",
};

export function shape(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

const ADDRESS = /(https?:\/\/[^\s<>"'）)\]]+[^\s<>"'）)\].,;:!?。、])/;

export function webAddress(text) {
  try {
    const url = new URL(text);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

function link(text, href) {
  return el("a", { href, target: "_blank", rel: "noopener noreferrer", textContent: text });
}

// A text whose web addresses can be followed.
export function withLinks(text) {
  return String(text)
    .split(ADDRESS)
    .map((part, place) => {
      const href = place % 2 ? webAddress(part) : null;
      return href ? link(part, href) : document.createTextNode(part);
    });
}

// A heading path often begins with the title; it is said once.
function place({ title = "", heading = "" }) {
  const path = String(heading ?? "").split(" > ");
  if (path[0] === title) path.shift();
  return [title, ...path].filter(Boolean).join(" · ");
}

export function sourceItem(source) {
  const { url } = source;
  const text = place(source);
  const href = webAddress(url ?? "");
  return el("li", {}, href ? link(text, href) : el("bdi", { textContent: text }));
}
