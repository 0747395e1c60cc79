// Small helpers that every module of a figure's page shares.

/**
 * A new element of the page; an attribute that is null, undefined or false is left out.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number | boolean | null | undefined>} attributes
 * @param {...(Node | string | null)} children
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false)
      node.setAttribute(name, String(value));
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

/**
 * A caption whose first sentence is its claim, as `Explorer.html` writes it.
 * @param {string} caption
 */
export function captionOf(caption) {
  const [claim, rest] = caption.split(/(?<=[.?!]) (.*)/s);
  return [element("b", {class: "gx-claim"}, claim), rest ? ` ${rest}` : ""];
}

/**
 * The part of an element that a selector names, which is there.
 * @param {Element} node
 * @param {string} selector
 * @returns {HTMLElement}
 */
export function part(node, selector) {
  const found = node.querySelector(selector);
  if (!found) throw new Error(`there is no ${selector} in the figure`);
  return /** @type {HTMLElement} */ (found);
}

/**
 * A live region speaks when its text is set, even to the same words: so only set what changed.
 * @param {Element} node
 * @param {...(string | Element)} parts
 */
export function setText(node, ...parts) {
  const texts = parts.map((part) => (typeof part === "string" ? part : part.textContent));
  if (node.textContent !== texts.join("")) node.replaceChildren(...parts.filter(Boolean));
}

/** @type {(value: number, low: number, high: number) => number} */
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
/** @type {(leaf: number | Float64Array) => number[] | Float64Array} */
export const asArray = (leaf) => (typeof leaf === "number" ? [leaf] : leaf);

export function plotLibrary() {
  if (!globalThis.Plot) throw new Error("the plotting library did not load");
  return globalThis.Plot;
}
