// What a figure says where its numbers are not finite: which series it is, and whether a run diverges.
import {asArray} from "./elements.js";

/** @import {Leaf, Mark, Specification} from "./types" */

const GREW = 1e3; // times that a run has grown at least before its numbers are lost, if it diverges
const MOST = 3; // names in one sentence

const isLost = (value) => !Number.isFinite(value);

/**
 * Whether a series is a run that diverges: it grows, and from some place on nothing is finite.
 * @param {ArrayLike<number>} values
 * @param {number} rowLength
 */
export function diverges(values, rowLength) {
  for (let start = 0; start < values.length; start += rowLength) {
    const row = Array.from({length: rowLength}, (_, i) => values[start + i]);
    const end = row.findIndex(isLost);
    if (end < 1 || !row.slice(end).every(isLost)) continue;
    const sizes = row.slice(0, end).map(Math.abs);
    if (sizes[end - 1] > GREW * Math.max(sizes[0], 1e-3)) return true;
  }
  return false;
}

// The leaves of a mark that the figure can draw only where they are finite.
function lostLeaves(mark, leaves) {
  const keys = mark.type === "text" ? ["x", "y"] : ["x", "y", "dx", "dy", "z", "value"];
  const used = keys.map((key) => mark[key]).filter(Number.isInteger);
  // Where a mark may have gaps, NaN says that there is nothing to show.
  const wrong = (value) => isLost(value) && !(mark.gaps && Number.isNaN(value));
  return used.filter((leaf) => asArray(leaves[leaf]).some(wrong));
}

/** @typedef {{name: string | null, run: boolean}} Lost a series, and whether it is a run that diverges */

// What is lost among marks or readouts, by name.
function lost(items, spec, leaves) {
  return items.flatMap((item) => {
    const wrong = lostLeaves(item, leaves);
    const isRun = (leaf) => diverges(asArray(leaves[leaf]), spec.leaves[leaf].shape.at(-1) ?? 1);
    const run = item.type === "line" && wrong.some(isRun);
    return wrong.length ? [{name: item.label || null, run}] : [];
  });
}

// “a”, “b” and “c” are …, or the words for a series without a name.
function sentence(/** @type {Lost[]} */ series, one, several, nameless) {
  const names = [...new Set(series.map(({name}) => name))].filter((name) => name !== null);
  if (!names.length) return series.length ? [`${nameless} ${one}`] : [];
  const shown = names.slice(0, MOST).map((name) => `“${name}”`);
  if (names.length > MOST) shown.push("others");
  const last = shown.pop();
  return shown.length ? [`${shown.join(", ")} and ${last} ${several}`] : [`${last} ${one}`];
}

/**
 * A sentence, to be typeset, for what is not finite; none where all is, or where what is not is meant so.
 * @param {Specification} spec
 * @param {Leaf[]} leaves
 * @param {string | null} changed the label of the control that the reader moved last
 */
export function notFinite(spec, leaves, changed) {
  if (leaves.every((leaf) => asArray(leaf).every(Number.isFinite))) return "";
  const drawn = spec.pictures.flatMap(({marks}) => lost(marks, spec, leaves));
  const found = drawn.length ? drawn : lost(spec.readouts, spec, leaves); // these follow from those
  const runs = found.filter(({run}) => run);
  const others = found.filter(({run, name}) => !run && !runs.some((one) => one.name === name));
  const said = [
    ...sentence(runs, "diverges", "diverge", "This run"),
    ...sentence(others, "is not finite", "are not finite", "A part of the picture"),
  ].join("; ");
  const back = changed ? `Move “${changed}” back.` : "Move the sliders back, or reset them.";
  return said && `${said} at these settings. ${back}`;
}
