// Small helpers that every module of a figure's page shares.

export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

// A live region speaks when its text is set, even to the same words: so only set what changed.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
export const asArray = (leaf) => (typeof leaf === "number" ? [leaf] : leaf);

export function plotLibrary() {
  if (!globalThis.Plot) throw new Error("the plotting library did not load");
  return globalThis.Plot;
}
