// Numbers as a reader reads them: in the format that Python's `format` gives, and as powers of ten.
import {plotLibrary} from "./elements.js";

const superscript = (integer) =>
  String(integer).replace(/./g, (sign) => "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"["0123456789-".indexOf(sign)]);

/**
 * Python's "g" drops trailing zeros, d3's keeps them unless asked with "~".
 * @type {(value: number, format: string) => string}
 */
export function formatNumber(value, format) {
  return plotLibrary().format(format.replace(/^(.*[^~])g$/, "$1~g"))(value);
}

/** @type {(value: any, format: string) => string} */
export function formatReadout(value, format) {
  if (Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const [mantissa, exponent] = formatNumber(value, format).split("e");
  if (exponent === undefined || Number(exponent) === 0) return mantissa;
  return `${mantissa} × 10${superscript(Number(exponent.replace("−", "-")))}`;
}

/** @type {(value: number) => string} */
export function formatPower(value) {
  if (value === 0) return "0";
  if (value < 0) return `−${formatPower(-value)}`;
  const exponent = Math.floor(Math.log10(value) + 1e-9);
  const mantissa = Number((value / 10 ** exponent).toPrecision(3));
  return `${mantissa === 1 ? "" : `${mantissa}×`}10${superscript(exponent)}`;
}

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
