// The API's reference, drawn from its own description; nothing is loaded from elsewhere.

const make = (tag, className, text) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};

// A schema as a small example of its shape, references followed once per path.
function shape(schema, schemas, seen = []) {
  if (!schema) return null;
  if (schema.$ref) {
    const name = schema.$ref.split("/").pop();
    return seen.includes(name) ? `<${name}>` : shape(schemas[name], schemas, [...seen, name]);
  }
  const choice = schema.anyOf ?? schema.oneOf;
  if (choice) {
    const parts = choice.map((part) => shape(part, schemas, seen));
    return parts.every((part) => typeof part === "string") ? parts.join(" | ") : parts[0];
  }
  if (schema.type === "array") return [shape(schema.items, schemas, seen)];
  if (schema.properties) {
    return Object.fromEntries(
      Object.entries(schema.properties).map(([name, part]) => [name, shape(part, schemas, seen)]),
    );
  }
  if (schema.enum) return schema.enum.join(" | ");
  return schema.format ?? schema.type ?? "any";
}

function block(title, value) {
  const part = make("section");
  part.append(make("h3", "", title), make("pre", "", JSON.stringify(value, null, 2)));
  return part;
}

function operation(path, method, description, schemas) {
  const details = make("details");
  const summary = make("summary");
  summary.append(
    make("span", "method", method.toUpperCase()),
    make("code", "", path),
    make("span", "permission", description["x-permission"] ?? ""),
  );
  const body = make("div", "body");
  body.append(make("p", "", description.description ?? description.summary ?? ""));
  const parameters = (description.parameters ?? []).map((item) => [
    `${item.name} (${item.in}${item.required ? "" : ", optional"})`,
    shape(item.schema, schemas),
  ]);
  if (parameters.length) body.append(block("Parameters", Object.fromEntries(parameters)));
  const wanted = description.requestBody?.content?.["application/json"]?.schema;
  if (wanted) body.append(block("Request", shape(wanted, schemas)));
  for (const [status, answer] of Object.entries(description.responses ?? {})) {
    const schema = answer.content?.["application/json"]?.schema;
    if (schema && status.startsWith("2")) body.append(block(`Answer ${status}`, shape(schema, schemas)));
  }
  details.append(summary, body);
  details.dataset.words = `${method} ${path} ${description.description ?? ""}`.toLowerCase();
  return details;
}

const main = document.querySelector("#routes");
const api = await (await fetch("/openapi.json")).json();
const groups = new Map();
for (const [path, methods] of Object.entries(api.paths)) {
  for (const [method, description] of Object.entries(methods)) {
    const tag = description.tags?.[0] ?? "other";
    if (!groups.has(tag)) groups.set(tag, []);
    groups.get(tag).push(operation(path, method, description, api.components?.schemas ?? {}));
  }
}
for (const [tag, operations] of groups) {
  const section = make("section");
  section.append(make("h2", "", tag), ...operations);
  main.append(section);
}

document.querySelector("#find").addEventListener("input", (event) => {
  const wanted = event.target.value.trim().toLowerCase();
  for (const details of main.querySelectorAll("details")) {
    details.hidden = !details.dataset.words.includes(wanted);
  }
  for (const section of main.querySelectorAll(":scope > section")) {
    section.hidden = !section.querySelector("details:not([hidden])");
  }
});
