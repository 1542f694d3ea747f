import { button, el } from "../dom.js";
import { failure } from "../failure.js";
import { objects } from "../fields.js";
import { certainty } from "../words.js";
import { suggestionTable } from "./suggestions.js";

const sureEnough = 0.5; // below that an action is not proposed to a person either
const purposes = [["create", "add"], ["update", "change"], ["get", "read"], ["delete", "remove"]];

/**
 * match proposes which of the record's fields go into which of the CRM's, for a CRM that nobody has described, and keeps
 * what the person accepts. What was accepted before stays.
 */
export async function match(dialog, signal) {
  const { connector, connection, record } = dialog.state;
  dialog.busy(2, `Reading the fields of ${connector.name} …`);
  const where = [connection.id, record.object];
  let found, kept, actions;
  try {
    [found, kept, actions] = await Promise.all([
      dialog.api.suggestions(...where, signal), dialog.api.overrides(...where, signal), dialog.api.actions(connector.id, signal),
    ]);
  } catch (problem) {
    if (signal.aborted || problem.code !== "mapping_incomplete") throw problem;
    return hopeless(dialog, problem);
  }
  draw(dialog, signal, { ...found, kept, names: new Map(actions.map((a) => [a.id, a.name])) });
}

function draw(dialog, signal, found) {
  const { connector, record } = dialog.state;
  const note = el("div", {});
  const table = suggestionTable(found.suggestions, connector.name);
  let busy = false; // the button is not disabled meanwhile: it would lose the focus
  const nothing = found.suggestions.length === 0;
  const use = button(nothing ? "Preview" : "Use these fields", "primary", async () => {
    if (nothing) return dialog.go("preview", { matched: true });
    if (busy) return;
    busy = true;
    note.replaceChildren();
    await save(dialog, signal, found, table, note);
    busy = false;
  }, { "data-testid": "use-fields", disabled: nothing && found.kept.length === 0 });
  const things = objects[record.object].tab.toLowerCase();
  dialog.draw({
    stage: 2, heading: `Match your fields with ${connector.name}`, testid: "match",
    body: [
      el("p", {}, nothing
        ? `None of the fields of ${connector.name} that are still free seems to fit your ${things}.`
        : `This is how your ${things} seem to fit ${connector.name}. Uncheck what is wrong; nothing is sent yet.`),
      howItIsUsed(found, objects[record.object].one),
      missing(found.missing, connector.name),
      !nothing && table.element,
      note,
    ],
    actions: [use, button("Another CRM", "plain", () => another(dialog), { "data-testid": "other-crm" })],
  });
}

/** save keeps the chosen rules behind those that were accepted before. Faults of a rule are shown at the rule. */
async function save(dialog, signal, { version, kept, actions }, table, note) {
  const chosen = table.chosen();
  if (chosen.length === 0) {
    note.replaceChildren(failure({ code: "nothing_chosen", detail: "Choose at least one field." }));
    return;
  }
  const body = { baseVersion: version, rules: [...kept, ...chosen] };
  if (kept.length === 0) body.actions = Object.fromEntries(sure(actions).map(([kind, { id }]) => [kind, id]));
  const { connection, record } = dialog.state;
  dialog.say("Saving …");
  try {
    await dialog.api.saveMapping(connection.id, record.object, body, signal);
    void dialog.host.changed();
    await dialog.go("preview", { matched: true });
  } catch (problem) {
    if (signal.aborted) return;
    note.replaceChildren(refused(dialog, problem, table.mark(problem.errors || [], kept.length)));
    table.focusFault();
  }
}

/** refused shows what a save has met; rest are the faults that no suggestion is about. */
function refused(dialog, { code, detail, message, remedy, requestId, errors }, rest) {
  if (code === "conflict") {
    const again = () => dialog.go("match");
    return failure({ code, requestId, detail: "The fields have been matched elsewhere meanwhile.", remedy: "Nothing was saved. Look again." }, { retry: again });
  }
  const beside = rest.length < errors?.length;
  return failure({
    code, requestId, detail: detail || message, errors: rest,
    remedy: beside ? "What is wrong is written beside the fields. Uncheck them to go on." : remedy,
  });
}

const sure = (actions) => Object.entries(actions).filter(([, { confidence }]) => confidence >= sureEnough);

/** howItIsUsed names the CRM's actions that would do the work, by the CRM's own names. */
function howItIsUsed({ actions, kept, names }, one) {
  const used = new Map(sure(actions));
  if (kept.length > 0 || used.size === 0) return null;
  const told = purposes.filter(([kind]) => used.has(kind)).map(([kind, words], i) => {
    const { id, confidence } = used.get(kind);
    const [certain, tone] = certainty(confidence);
    return [`“${names.get(id) || id}” to ${words} ${i === 0 ? `a ${one}` : "it"}`, tone !== "good" && ` (${certain.toLowerCase()})`];
  });
  return el("p", { class: "soft small", "data-testid": "actions" }, "In the CRM this would use ", inARow(told), ".");
}

const inARow = (parts) => parts.map((part, i) => [i > 0 && (i === parts.length - 1 ? " and " : ", "), part]);

function missing(fields, name) {
  if (fields.length === 0) return null;
  return el("p", { class: "hint", "data-testid": "missing" }, `${name} also asks for `,
    inARow(fields.map((field) => el("code", {}, field))),
    ", and nothing here seems to fit. Without that it may refuse the record.");
}

function hopeless(dialog, { detail, requestId }) {
  const { connector, record } = dialog.state;
  dialog.draw({
    stage: 2, heading: `${connector.name} cannot take ${objects[record.object].tab.toLowerCase()} yet`, testid: "match-failed",
    body: failure({ code: "mapping_incomplete", detail, requestId, remedy: "Choose another CRM, or ask whoever runs Ledgerline to describe this one." }),
    actions: [
      button("Another CRM", "primary", () => another(dialog), { "data-testid": "other-crm" }),
      button("Close", "plain", () => dialog.close()),
    ],
  });
}

const another = (dialog) => dialog.go("choose", { connection: null, connector: null });
