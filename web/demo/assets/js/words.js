/** connectionWords say a connection's status; the tone is good, wait or bad. */
export const connectionWords = {
  active: ["Connected", "good"],
  pending: ["Waiting for access", "wait"],
  needs_input: ["Needs its keys", "wait"],
  needs_reconnect: ["Connect it again", "bad"],
  disconnected: ["Disconnected", "bad"],
};

/** certainty says how sure a suggestion is, 0 to 1; the tone is good, wait or off. */
export function certainty(confidence) {
  if (confidence >= 0.85) return ["Sure", "good"];
  return confidence >= 0.65 ? ["Likely", "wait"] : ["A guess", "off"];
}

/** shown turns a value of a request into text: strings as they are, the rest as JSON. */
export function shown(value) {
  if (value === undefined || value === null || value === "") return "—";
  return typeof value === "string" ? value : JSON.stringify(value);
}

const ago = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** since tells a time relative to now. */
export function since(timestamp) {
  const seconds = (Date.parse(timestamp) - Date.now()) / 1000;
  if (!Number.isFinite(seconds)) return "";
  if (seconds > -45) return "just now";
  for (const [unit, size] of [["day", 86400], ["hour", 3600]]) {
    if (-seconds >= size) return ago.format(Math.round(seconds / size), unit);
  }
  return ago.format(Math.min(-1, Math.round(seconds / 60)), "minute");
}
