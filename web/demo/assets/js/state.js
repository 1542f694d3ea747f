import { el, webURL } from "./dom.js";
import { since } from "./words.js";

/**
 * stateOf tells where a record is: the send button's label, marks to show beside it, and the links, newest first. A
 * service that cannot be asked leaves the button as it is for a record that was never sent.
 */
export async function stateOf(object, id, { explain, nameOf }) {
  let told;
  try {
    told = await explain(object, id);
  } catch {
    return { label: "Send to CRM", marks: [], links: [] };
  }
  const links = told.links
    .filter((link) => link.crmRecordId)
    .sort((a, b) => (b.lastSentAt || "").localeCompare(a.lastSentAt || ""));
  const label = links.length > 0 ? `Update in ${nameOf(links[0].connector)}` : "Send to CRM";
  return { label, links, marks: [...links.map((link) => linkMark(link, nameOf)), ...trouble(told, nameOf)] };
}

function linkMark(link, nameOf) {
  const text = `In ${nameOf(link.connector)}`;
  const told = { class: "mark good", title: link.lastSentAt ? `Sent ${since(link.lastSentAt)}` : null };
  const url = link.url && webURL(link.url);
  return url ? el("a", { ...told, href: url, target: "_blank", rel: "noopener noreferrer" }, text) : el("span", told, text);
}

/** trouble is what the last send through each connection left behind, if that was not a success. */
function trouble(told, nameOf) {
  const seen = new Set();
  const marks = [];
  for (const send of told.sends) {
    if (seen.has(send.connectionId)) continue;
    seen.add(send.connectionId);
    const words = {
      failed: ["bad", "Last send failed"], unknown: ["wait", "Outcome not known"], needs_review: ["wait", "Needs a look"],
      sending: ["wait", "Being sent"], queued: ["wait", "Waiting to be sent"],
    }[send.status];
    if (!words) continue;
    const why = send.error?.detail || told.decision.find((d) => d.connectionId === send.connectionId)?.reason;
    marks.push(el("span", { class: `mark ${words[0]}`, title: why }, `${words[1]} (${nameOf(send.connector)})`));
  }
  return marks;
}
