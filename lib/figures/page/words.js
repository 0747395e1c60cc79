// Numbers and labels as a reader reads them, the same as in Python (words.py).
// tests/words.json is the table with which both are tested.
import {element} from "./elements.js";

const THIN = "\u202f"; // a narrow space at which no line breaks
const LONGEST = 1e15; // numbers from here on are powers of ten in every format
const FORMAT = /^(\+?)(?:\.(\d+)([gef%])|d)$/;
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻";
const SCRIPT = /(?<=\S)([_^])(?:\{([^{}]*)\}|([\p{L}\p{N}]+))/gu;
const LOWERED = ["0123456789+-−=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ"];
const LIFTED = ["0123456789+-−=()in", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁱⁿ"];

// ---- Numbers ---------------------------------------------------------------------------------

const dropZeros = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);

function fixed(size, decimals) {
  const [whole, rest] = size.toFixed(decimals).split(".");
  const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, THIN) : whole;
  return rest ? `${grouped}.${rest}` : grouped;
}

// A power of ten; its factor is left out where it is 1, unless it has decimals.
function power(size, decimals, trailing = false) {
  const [digits, exponent] = size.toExponential(decimals).split("e");
  const factor = trailing ? digits : dropZeros(digits);
  if (Number(exponent) === 0) return factor;
  const raised = String(Number(exponent)).replace(/./g, (c) => RAISED["0123456789-".indexOf(c)]);
  return factor === "1" ? `10${raised}` : `${factor}${THIN}×${THIN}10${raised}`;
}

function unsigned(size, kind, digits) {
  if ("f%".includes(kind) && size >= LONGEST) return unsigned(size, "g", 3);
  if (kind === "e") return power(size, digits, true);
  if (kind === "%") return `${fixed(100 * size, digits)}${THIN}%`;
  if (kind === "f") return fixed(size, digits);
  const last = Math.max(digits, 1) - 1;
  const exponent = Number(size.toExponential(last).split("e")[1]);
  const short = exponent >= -3 && exponent < 5;
  return short ? dropZeros(fixed(size, Math.max(0, last - exponent))) : power(size, last);
}

/**
 * A number as it is shown; words.py explains the formats.
 * @type {(value: number, format?: string) => string}
 */
export function formatNumber(value, format = ".3g") {
  if (Number.isNaN(value)) return "not a number";
  const match = FORMAT.exec(format);
  if (!match) throw new Error(`there is no format "${format}"`);
  const [, plus, digits = "0", kind = "f"] = match;
  const size = Math.abs(value);
  const written = Number.isFinite(value) ? unsigned(size, kind, Number(digits)) : "∞";
  if (value < 0 && /[1-9∞]/.test(written)) return `−${written}`;
  return plus + written;
}

/**
 * The label of a tick on an axis of powers of ten.
 * @type {(value: number) => string}
 */
export function formatPower(value) {
  const size = Math.abs(value);
  if (size === 0 || (size >= 1 && size < 100)) return formatNumber(value);
  return `${value < 0 ? "−" : ""}${power(size, 2)}`;
}

const UNRAISED = /(?:^|×)10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)$/;

/**
 * The number that a text says, written as above or as a reader writes it; NaN for others.
 * @type {(text: string) => number}
 */
export function parseNumber(text) {
  const close = text
    .trim()
    .replace(/[\u202f\u2009]/g, "")
    .replace(/\s*×\s*/, "×");
  const plain = close.replace("−", "-").replace(",", ".");
  const digits = plain.replace(UNRAISED, (whole, raised) => {
    const exponent = raised.replace(/./g, (c) => "0123456789-"[RAISED.indexOf(c)]);
    return `${whole.startsWith("×") ? "" : "1"}e${exponent}`;
  });
  return digits === "" ? NaN : Number(digits);
}

// ---- Labels ----------------------------------------------------------------------------------

/**
 * A label cut at its sub- and superscripts: pairs of "", "_" or "^" and a text.
 * @param {string} label
 */
export function pieces(label) {
  const found = [];
  let end = 0;
  for (const match of label.matchAll(SCRIPT)) {
    found.push(["", label.slice(end, match.index)], [match[1], match[2] ?? match[3]]);
    end = match.index + match[0].length;
  }
  return [...found, ["", label.slice(end)]].filter(([, text]) => text);
}

/**
 * A label typeset for a page.
 * @param {string} label
 */
export function typeset(label) {
  const tags = {_: "sub", "^": "sup"};
  return pieces(label).map(([mark, text]) => (mark ? element(tags[mark], {}, text) : text));
}

/**
 * A label where nothing can be typeset, as in a menu: with Unicode's small letters if there are.
 * @param {string} label
 */
export function plain(label) {
  const small = (mark, text) => {
    const [from, to] = mark === "_" ? LOWERED : LIFTED;
    const known = mark && [...text].every((sign) => from.includes(sign));
    return known ? [...text].map((sign) => [...to][[...from].indexOf(sign)]).join("") : text;
  };
  return pieces(label)
    .map(([mark, text]) => small(mark, text))
    .join("");
}

const SVG = "http://www.w3.org/2000/svg";
const SMALL = 0.75; // the size of a script
const SHIFT = {_: 0.25, "^": -0.4}; // em that it stands lower

/**
 * A label typeset for a drawing, as tspans.
 * @param {string} label
 */
export function tspans(label) {
  let moved = 0; // em of the label's own size
  return pieces(label).map(([mark, text]) => {
    const node = document.createElementNS(SVG, "tspan");
    const wanted = mark ? SHIFT[mark] : 0;
    const size = mark ? SMALL : 1;
    if (mark) node.setAttribute("font-size", `${100 * SMALL}%`);
    if (wanted !== moved) node.setAttribute("dy", `${((wanted - moved) / size).toFixed(3)}em`);
    moved = wanted;
    node.textContent = text;
    return node;
  });
}

/**
 * Typeset the labels of a drawing by Plot.
 * @param {Element} drawing
 */
export function typesetDrawing(drawing) {
  for (const node of drawing.querySelectorAll("text, tspan")) {
    const label = node.textContent;
    if (node.firstElementChild || !/[_^]/.test(label)) continue;
    node.replaceChildren(...tspans(label));
  }
}

// ---- Ticks -----------------------------------------------------------------------------------

/**
 * Plot's own tick labels, but powers of ten where decimals or zeros would get long.
 * @type {(domain: number[], count: number) => boolean}
 */
export function longNumbers([low, high], count) {
  const step = Math.abs(high - low) / count;
  return step < 2e-4 || Math.max(Math.abs(low), Math.abs(high)) >= 1e5;
}

// At least three round numbers, equally far from each other.
function evenTicks(low, high) {
  const size = 10 ** Math.floor(Math.log10(high - low));
  for (const factor of [5, 2, 1, 0.5, 0.2, 0.1]) {
    const step = size * factor;
    const first = Math.ceil(low / step - 1e-9);
    const count = Math.floor(high / step + 1e-9) - first + 1;
    if (count >= 3) {
      return Array.from({length: count}, (_, k) => Number(((first + k) * step).toPrecision(12)));
    }
  }
  return [];
}

/**
 * Whole powers of ten, thinned to at most six; 1, 2 and 5 between them when the axis is short, and
 * where that leaves one tick or none, equal steps: one number alone gives no scale.
 * @type {(domain: number[]) => number[]}
 */
export function logTicks([low, high]) {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  const stride = Math.max(1, Math.ceil((last - first + 1) / 6));
  const ticks = [];
  for (let exponent = first - 1; exponent <= last; exponent += 1) {
    if (last - first < 1) ticks.push(...[1, 2, 5].map((digit) => digit * 10 ** exponent));
    else if (exponent >= first && (exponent - first) % stride === 0) ticks.push(10 ** exponent);
  }
  const inside = ticks.filter((tick) => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9));
  return inside.length < 2 && low < high ? evenTicks(low, high) : inside;
}
