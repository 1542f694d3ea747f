// Elements are built from text and nodes only; nothing here or elsewhere parses markup.

/**
 * el builds an element. Attributes: `on` is {event: listener}; true sets an empty attribute; false, null and undefined
 * leave it out. Children: nodes, strings, arrays of them; null, undefined and false are left out.
 */
export function el(tag, attributes = {}, ...children) {
  return dress(document.createElement(tag), attributes, children);
}

/** svg builds a small line drawing of one path in a 24 by 24 box. */
export function svg(path) {
  const ns = "http://www.w3.org/2000/svg";
  const shape = document.createElementNS(ns, "path");
  shape.setAttribute("d", path);
  return dress(document.createElementNS(ns, "svg"), { viewBox: "0 0 24 24", "aria-hidden": "true" }, [shape]);
}

function dress(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else if (value !== false && value !== null && value !== undefined) {
      node.setAttribute(name, value === true ? "" : String(value));
    }
  }
  node.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

/** byId finds an element that the page is known to have. */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element "${id}"`);
  return found;
}

/** button builds a button; look is primary, secondary or plain. */
export function button(text, look, listener, attributes = {}) {
  return el("button", { type: "button", class: look, ...attributes, on: { click: listener } }, text);
}

/** webURL returns a URL that a link may lead to, or null: servers' URLs are not trusted to be http. */
export function webURL(raw) {
  try {
    const url = new URL(raw, location.href);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

/** icon shows a CRM's icon, or its first letter where there is none or it cannot be loaded. */
export function icon(connector) {
  const letter = () => el("span", { class: "letter", "aria-hidden": "true" }, (connector.name || "?").slice(0, 1).toUpperCase());
  const source = connector.icon?.startsWith("data:image/") ? connector.icon : webURL(connector.icon || "about:blank");
  if (!source) return letter();
  const image = el("img", { class: "crm-icon", src: source, alt: "", width: 32, height: 32, referrerpolicy: "no-referrer" });
  image.addEventListener("error", () => image.replaceWith(letter()), { once: true });
  return image;
}
