import { button, el, webURL } from "../dom.js";
import { failure } from "../failure.js";
import { isField, labelOf } from "../fields.js";

const questions = {
  match: (name) => ["Which one is it?", `Several records in ${name} could be this one. Nothing was changed yet.`],
  outcome: (name) => ["Did it arrive?", `The answer of ${name} was lost, and the service cannot look the record up. Look in ${name}, then say what you found.`],
};

/** review asks a person what a send cannot find out by itself, and goes on with the send as chosen. */
export async function review(dialog, signal) {
  const { conflict, connector, record, sent } = dialog.state;
  const { name } = connector;
  const note = el("div", {});
  let busy = false;
  const choose = async (choice) => {
    if (busy) return;
    busy = true;
    try {
      await dialog.api.resolve(conflict.id, choice); // closing the dialog does not take the choice back: no signal
      void dialog.host.sent(record);
      const now = await dialog.api.sent(sent.id, signal);
      if (!signal.aborted) void dialog.go("result", { sent: now });
    } catch (problem) {
      if (!signal.aborted) note.replaceChildren(failure(problem));
    } finally {
      busy = false;
    }
  };
  const link = (id) => choose({ choice: "link", crmRecordId: id });
  const [heading, text] = questions[conflict.kind](name);
  dialog.draw({
    stage: 4, heading, testid: "review",
    body: [
      el("p", {}, text),
      conflict.candidates ? candidates(conflict.candidates, name, link) : found(name, link),
      note,
    ],
    actions: [
      button(conflict.candidates ? "None of these: create a new one" : "It is not there: create it", "secondary",
        () => choose({ choice: "create" }), { "data-testid": "choose-create" }),
      button("Do not send", "plain", () => choose({ choice: "skip" }), { "data-testid": "choose-skip" }),
    ],
  });
}

function candidates(list, name, link) {
  return el("ul", { class: "candidates" }, list.map((one) => {
    const url = one.url && webURL(one.url);
    const values = Object.entries(one.fields).filter(([key]) => isField(key));
    return el("li", {},
      el("dl", { class: "facts" },
        fact(`Record in ${name}`, url ? el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, one.crmRecordId) : one.crmRecordId),
        values.map(([key, value]) => fact(labelOf(key), String(value)))),
      button("This one", "primary", () => link(one.crmRecordId),
        { "aria-label": `Record ${one.crmRecordId} is this one`, "data-testid": `choose-${one.crmRecordId}` }));
  }));
}

function fact(term, value) {
  return el("div", {}, el("dt", {}, term), el("dd", {}, value));
}

function found(name, link) {
  const id = el("input", { id: "found-id", type: "text", required: true, autocomplete: "off", spellcheck: "false", "data-testid": "found-id" });
  return el("form", { class: "found", on: {
    submit: (event) => {
      event.preventDefault();
      link(id.value.trim());
    },
  } }, el("label", { for: "found-id" }, `Its id in ${name}`), id,
  el("button", { type: "submit", class: "primary", "data-testid": "choose-found" }, "It is there"));
}
