import { el } from "../dom.js";
import { failure } from "../failure.js";

/**
 * credentialForm asks for what a CRM needs: one field for each property of a method's inputSchema, and a choice where
 * the CRM offers several methods. submitted(method, credential) gets the inputs, or undefined where none are needed.
 */
export function credentialForm(methods, submitted) {
  let method = methods[0];
  let listener = () => {};
  const fields = el("div", { class: "grid" });
  const note = el("div", {});
  const choose = (chosen) => {
    method = chosen;
    fields.replaceChildren(...inputs(method?.inputSchema));
    listener(method);
  };
  const element = el("form", { class: "credential", novalidate: true, on: {
    submit: (event) => {
      event.preventDefault();
      note.replaceChildren();
      clearFaults(fields);
      if (missing(fields)) return;
      submitted(method, read(fields));
    },
  } }, methods.length > 1 && choice(methods, choose), fields, note,
  el("button", { type: "submit", hidden: true })); // Enter submits
  choose(method);

  return {
    element,
    whenChosen: (then) => (listener = then)(method),
    busy: (on) => {
      for (const control of element.elements) control.disabled = on;
    },
    /** need asks for more: the service wants other inputs than the method's own. */
    need: (schema) => choose({ ...method, redirect: false, inputSchema: schema }),
    /** show puts faults of single inputs beside them; what belongs to none is shown below. */
    show: (problem) => {
      const rest = (problem.errors || []).filter((e) => !mark(fields, e.field.split("/").at(-1), e.message));
      const { detail, remedy, code, requestId } = problem;
      note.replaceChildren(failure({ detail: detail || problem.message, remedy, code, requestId, errors: rest }));
      fields.querySelector("[aria-invalid]")?.focus();
    },
  };
}

function choice(methods, choose) {
  return el("fieldset", {}, el("legend", {}, "How to connect"), methods.map((method, i) =>
    el("label", { class: "option" },
      el("input", { type: "radio", name: "method", checked: i === 0, on: { change: () => choose(method) } }),
      method.redirect ? "Log in at the CRM" : `With keys (${method.type})`)));
}

function inputs(schema) {
  const needed = new Set(schema?.required || []);
  return Object.entries(schema?.properties || {}).map(([name, about]) => {
    const id = `credential-${name}`;
    const control = Array.isArray(about.enum)
      ? el("select", { id }, about.enum.map((value) => el("option", { value }, String(value))))
      : el("input", { id, type: kind(name, about), autocomplete: "off", spellcheck: "false" });
    control.name = name;
    control.required = needed.has(name);
    control.dataset.testid = id;
    control.dataset.type = about.type || "string";
    control.setAttribute("aria-describedby", `${id}-fault ${id}-hint`);
    if (about.default !== undefined) control.value = String(about.default);
    return el("div", {},
      el("label", { for: id }, about.title || name.replaceAll("_", " "), needed.has(name) && " (needed)"), control,
      el("p", { class: "fault", id: `${id}-fault` }),
      el("p", { class: "soft small", id: `${id}-hint` }, about.description));
  });
}

function kind(name, about) {
  if (about.format === "password" || /secret|token|password|api_?key/i.test(name)) return "password";
  return about.format === "email" ? "email" : "text";
}

function read(fields) {
  const given = {};
  for (const control of fields.querySelectorAll("[name]")) {
    const text = control.value.trim();
    if (text === "") continue;
    given[control.name] = ["number", "integer"].includes(control.dataset.type) && Number.isFinite(Number(text)) ? Number(text) : text;
  }
  return Object.keys(given).length > 0 ? given : undefined;
}

function missing(fields) {
  const empty = [...fields.querySelectorAll("[required]")].filter((c) => c.value.trim() === "");
  for (const control of empty) mark(fields, control.name, "This is needed.");
  empty[0]?.focus();
  return empty.length > 0;
}

function mark(fields, name, message) {
  const control = [...fields.querySelectorAll("[name]")].find((c) => c.name === name);
  if (!control) return false;
  control.setAttribute("aria-invalid", "true");
  control.parentElement.querySelector(".fault").textContent = message;
  return true;
}

function clearFaults(fields) {
  for (const control of fields.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
  for (const fault of fields.querySelectorAll(".fault")) fault.textContent = "";
}
