// Elements and text, made without a line of markup: what comes from outside is only ever text.

const SVG = "http://www.w3.org/2000/svg";
const AS_PROPERTY = new Set(["checked", "disabled", "indeterminate", "readOnly", "selected", "value"]);

/**
 * An HTML element.
 * props: `class`; `on: {click: fn}`; `data: {name: text}`; `vars: {"--x": text}` (CSS variables);
 * `value`, `checked`, `disabled` … as properties; all else as attributes: true is presence, null and false absence.
 * children: nodes, text, numbers; arrays are flattened, null, undefined and false left out.
 */
export function h(tag, props, ...children) {
  return filled(document.createElement(tag), props, children, AS_PROPERTY);
}

/** An SVG element; props and children as of `h`. */
export function svg(tag, props, ...children) {
  return filled(document.createElementNS(SVG, tag), props, children, new Set());
}

function filled(element, props, children, asProperty) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (name === "data") {
      for (const [key, text] of Object.entries(value)) if (text != null) element.dataset[key] = text;
    } else if (name === "vars") {
      for (const [key, text] of Object.entries(value)) element.style.setProperty(key, text);
    } else if (name === "style") {
      throw new TypeError("h: no style attribute; set a class, or vars");
    } else if (asProperty.has(name)) {
      // A select's value can be set only once its options are there.
      if (value != null && name !== "value") element[name] = value;
    } else {
      setAttribute(element, name, value);
    }
  }
  append(element, children);
  if (asProperty.has("value") && props?.value != null) element.value = props.value;
  return element;
}

/** Add children as `h` takes them. */
export function append(element, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child != null && child !== false && child !== true) {
      element.append(child instanceof Node ? child : String(child));
    }
  }
}

/** Put these children in the place of all there are. */
export function replace(element, ...children) {
  element.replaceChildren();
  append(element, ...children);
}

/** true: presence; null, undefined, false: absence (of `aria-…`: "false"). */
export function setAttribute(element, name, value) {
  const isState = name.startsWith("aria-");
  if (value == null || (value === false && !isState)) element.removeAttribute(name);
  else element.setAttribute(name, value === true && !isState ? "" : String(value));
}

/** Change a node's text only where it differs: what did not change is neither painted nor read out again. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const SPRITE = new URL("sprite.svg", import.meta.url).href;

/** An icon of the sprite, 16 px in the text's colour; without a label it says nothing to screen readers. */
export function icon(name, label) {
  const known = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
  return svg("svg", { class: "icon", width: 16, height: 16, viewBox: "0 0 16 16", ...known },
    svg("use", { href: `${SPRITE}#${name}` }));
}

/** A part of a page that is read to screen readers, but not shown. */
export function unseen(tag, ...children) {
  return h(tag, { class: "unseen" }, children);
}
