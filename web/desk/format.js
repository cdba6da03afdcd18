// Times, names and labels as a person reads them.

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "narrow" });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const dayOnly = new Intl.DateTimeFormat("en", { weekday: "long", day: "numeric", month: "long" });
const full = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });
const languages = new Intl.DisplayNames(["en"], { type: "language" });
const regions = new Intl.DisplayNames(["en"], { type: "region" });

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;

export function ago(iso, now = Date.now()) {
  const seconds = Math.round((now - Date.parse(iso)) / 1000);
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 45) return "now";
  if (seconds < HOUR) return `${Math.round(seconds / MINUTE)} min`;
  if (seconds < DAY) return `${Math.round(seconds / HOUR)} h`;
  if (seconds < 7 * DAY) return relative.format(-Math.round(seconds / DAY), "day");
  return new Date(iso).toLocaleDateString("en", { day: "numeric", month: "short" });
}

export const timeOf = (iso) => clock.format(new Date(iso));
export const fullTime = (iso) => full.format(new Date(iso));
export const dayKey = (iso) => new Date(iso).toDateString();

export function dayName(iso) {
  const key = dayKey(iso);
  if (key === new Date().toDateString()) return "Today";
  if (key === new Date(Date.now() - DAY * 1000).toDateString()) return "Yesterday";
  return dayOnly.format(new Date(iso));
}

export function initials(name) {
  const words = (name ?? "").trim().split(/\s+/).filter(Boolean);
  const first = [...(words[0] ?? "?")][0];
  const last = words.length > 1 ? [...words[words.length - 1]][0] : "";
  return (first + last).toUpperCase();
}

function named(names, code) {
  try {
    return names.of(code) ?? code;
  } catch {
    return code;
  }
}

export const languageName = (code) => (code ? named(languages, code) : "");
export const regionName = (code) => (/^[A-Z]{2}$/.test(code) ? named(regions, code) : code);

// "order.last.number" -> "Last number"
export function humanize(name) {
  const plain = name.replace(/[._-]+/g, " ").trim();
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

// A heading path often begins with the document's title; it is said once.
export function headingOf({ title, heading }) {
  const path = String(heading ?? "").split(" > ");
  if (path[0] === title) path.shift();
  return path.filter(Boolean).join(" › ");
}

export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

export function bytes(size) {
  if (!size) return "";
  if (size < 1024 * 1024) return `${Math.max(1, Math.round(size / 1024))} KB`;
  return `${(size / 1024 / 1024).toFixed(1)} MB`;
}
