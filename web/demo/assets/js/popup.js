import { webURL } from "./dom.js";
import { keep, recall } from "./storage.js";

const place = "ledgerline.return"; // in sessionStorage: what was under way when the page was left

/** openPopup opens an empty window for a consent page, or returns null where the browser blocks it. */
export function openPopup(name) {
  const [width, height] = [560, 720];
  const left = Math.max(0, window.screenX + (window.outerWidth - width) / 2);
  const top = Math.max(0, window.screenY + (window.outerHeight - height) / 3);
  const popup = window.open("", "_blank", `popup,width=${width},height=${height},left=${left},top=${top}`);
  if (!popup || popup.closed) return null;
  popup.document.title = name;
  popup.document.body.textContent = `Opening ${name} …`;
  return popup;
}

/** returnAddress is where the browser comes back to when this page itself goes to the consent page. */
export const returnAddress = () => `${location.origin}/demo`;

/**
 * leaveFor leads the popup, or else this page, to the consent page. It returns false for an address that is none. Before
 * the page itself leaves, what was under way is kept.
 */
export function leaveFor(address, popup, { record, user }, connection) {
  const url = webURL(address);
  if (!url) return false;
  if (popup) {
    popup.location.href = url;
    return true;
  }
  const kept = { user, object: record?.object, recordId: record?.id, connectionId: connection.id };
  keep("sessionStorage", place, kept);
  location.assign(url);
  return true;
}

/**
 * comeBack reads how a consent page was left, {connectionId, status, user?, object?, recordId?}, and takes it out of
 * the address; null for an ordinary visit. The query is a hint only: the connection is asked for again.
 */
export function comeBack() {
  const query = new URLSearchParams(location.search);
  const connectionId = query.get("connectionId");
  if (!connectionId) return null;
  history.replaceState(null, "", location.pathname);
  const kept = recall("sessionStorage", place, {});
  keep("sessionStorage", place, undefined);
  return { ...(kept.connectionId === connectionId ? kept : {}), connectionId, status: query.get("status") };
}
