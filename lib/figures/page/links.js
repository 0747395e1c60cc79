// Addresses that hold the settings of a page's figures: "#explorer-a?x=1&y=2;explorer-b?z=3".
import {admissible, parseNumber, valueText} from "./controls.js";

/** @import {Control, Settings} from "./types" */

/**
 * What an address asks of one figure: [name, value] of each setting, as they are written.
 * @typedef {{id: string, asked: [string, string][]}} Request
 */

const PREFIX = "explorer-"; // of the ids of figures

/** @type {(text: string) => string} */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // "%" that encodes nothing
  }
}

/**
 * What the part of an address after "#" asks of which figures; nothing where it is of another kind.
 * @param {string} hash
 * @returns {Request[]}
 */
export function readHash(hash) {
  const parts = hash.replace(/^#/, "").split(";");
  const requests = parts.map((part) => {
    const [id, ...settings] = part.split("?");
    return {id: decoded(id), asked: [...new URLSearchParams(settings.join("?"))]};
  });
  return requests.filter(({id}) => id.startsWith(PREFIX));
}

/**
 * The part of an address after "#" that asks for settings of figures.
 * @param {{id: string, settings: Settings}[]} figures
 */
export function writeHash(figures) {
  const parts = figures.map(({id, settings}) => {
    const texts = Object.entries(settings).map(([name, value]) => [name, String(value)]);
    return `${encodeURIComponent(id)}?${new URLSearchParams(texts)}`;
  });
  return parts.join(";");
}

/**
 * The settings that the controls take for what is asked, and sentences on what is another value:
 * each begins with a label to be typeset, and goes on in words that stay as they are.
 * @param {Control[]} controls
 * @param {Request["asked"]} asked
 * @returns {{settings: Settings, sentences: {label: string, words: string}[]}}
 */
export function understand(controls, asked) {
  /** @type {Settings} */
  const settings = {};
  const sentences = [];
  for (const [name, text] of asked) {
    const control = controls.find((candidate) => candidate.name === name);
    if (!control) {
      sentences.push({label: "", words: `This figure has no setting “${name}”.`});
      continue;
    }
    const {value, note} = admissible(control, parseNumber(text));
    if (value !== null) settings[name] = value;
    const used = value === null ? "it is left out" : `${valueText(control, value)} is used`;
    const words = ` = ${text} ${note}; ${used}.`;
    if (note) sentences.push({label: control.symbol || control.label, words});
  }
  return {settings, sentences};
}

/**
 * What a link to figures holds: all settings of the one that is copied, and of the others that have
 * been moved what the ones before them, if they share controls, do not hold already.
 * @param {{id: string, group: string, current: Settings, defaults: Settings}[]} figures
 */
export function worthKeeping(figures) {
  /** @type {Record<string, Settings>} by the group of figures that share them */
  const held = {};
  const kept = [];
  for (const [n, {id, group, current, defaults}] of figures.entries()) {
    const known = held[group] ?? {};
    const others = Object.entries(current).filter(([name]) => n === 0 || !(name in known));
    if (n > 0 && others.every(([name, value]) => value === defaults[name])) continue;
    kept.push({id, settings: Object.fromEntries(others)});
    held[group] = {...known, ...current};
  }
  return kept;
}
