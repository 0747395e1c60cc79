// What a reader takes home from a figure: its numbers as CSV, its pictures as SVG.
import {settingsText} from "./controls.js";
import {asArray} from "./elements.js";
import {legendMarks, onScale} from "./pictures.js";
import {plain, tspans} from "./words.js";

/** @import {Axis, Leaf, Mark, Picture, Settings, Specification} from "./types" */

const SVG = "http://www.w3.org/2000/svg";

export function saveFile(name, type, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], {type}));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href)); // once the download has begun
}

// ---- CSV -------------------------------------------------------------------------------------

const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/**
 * The middles of a heatmap's columns or rows, which are equally wide in the picture.
 * @param {Axis} axis
 * @param {number[]} ends
 * @param {number} count
 */
function middles({scale}, ends, count) {
  const [forth, back] = onScale(scale);
  const [from, to] = ends.map(forth);
  return Array.from({length: count}, (_, i) => back(from + ((to - from) * (i + 0.5)) / count));
}

/**
 * The numbers of one mark as columns {x, y, …}: one entry for each row of the table.
 * @param {Mark} mark
 * @param {Picture} picture that it stands in
 * @param {Leaf[]} leaves
 * @param {number[][]} shapes
 * @returns {Record<string, number[]>}
 */
function columns(mark, picture, leaves, shapes) {
  if (mark.type === "heatmap") {
    const [down, across] = shapes[mark.z];
    const [xs, ys] = [middles(picture.x, mark.x, across), middles(picture.y, mark.y, down)];
    const z = Array.from(asArray(leaves[mark.z]));
    return {
      x: z.map((_, i) => xs[i % across]),
      y: z.map((_, i) => ys[Math.floor(i / across)]),
      z,
    };
  }
  const keys = mark.type === "text" ? ["x", "y"] : ["x", "y", "dx", "dy"];
  const used = keys.filter((key) => Number.isInteger(mark[key]));
  const read = used.map((key) => Array.from(asArray(leaves[mark[key]])));
  const length = Math.max(...read.map((values) => values.length));
  const full = read.map((values) => Array.from({length}, (_, i) => values[i % values.length]));
  return Object.fromEntries(used.map((key, i) => [key, full[i]]));
}

/**
 * A table with a row for each point: its picture, series, curve, and numbers in full precision.
 * @param {Specification} spec
 * @param {Leaf[]} leaves
 * @param {Settings} settings
 */
export function csv(spec, leaves, settings) {
  const shapes = spec.leaves.map(({shape}) => shape);
  const head = ["picture", "series", "curve", "x", "y", "dx", "dy", "z"];
  const lines = [`# ${spec.name}: ${plain(settingsText(spec.controls, settings))}`];
  for (const {label, value} of spec.readouts) lines.push(`# ${label} = ${leaves[value]}`);
  lines.push(head.join(","));
  spec.pictures.forEach((picture, i) => {
    picture.marks.forEach((mark, j) => {
      const read = columns(mark, picture, leaves, shapes);
      const curve = mark.type === "line" ? (shapes[mark.y].at(-1) ?? 1) : Infinity; // points in a curve
      const names = [
        picture.title ?? `${i + 1}`,
        mark.label ?? mark.text ?? `${mark.type} ${j + 1}`,
      ];
      for (let k = 0; k < Object.values(read)[0].length; k += 1) {
        const numbers = head.slice(3).map((key) => read[key]?.[k] ?? "");
        lines.push([...names.map(quoted), Math.floor(k / curve), ...numbers].join(","));
      }
    });
  });
  return `${lines.join("\n")}\n`;
}

// ---- SVG -------------------------------------------------------------------------------------

// A colour as #rrggbb: what the style sheet computes (variables, mixtures) few programs read.
export function plainColor(color) {
  const context = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  if (!context) throw new Error("this browser has no canvas");
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return `#${[red, green, blue].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

// A copy of a drawing that looks the same without the page's style sheet.
function standalone(drawing) {
  const copy = drawing.cloneNode(true);
  const originals = [drawing, ...drawing.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((node, i) => {
    const style = getComputedStyle(originals[i]);
    for (const key of ["fill", "stroke"]) {
      if (/var|current/.test(node.getAttribute(key)))
        node.setAttribute(key, plainColor(style[key]));
    }
    if (style.filter !== "none") node.setAttribute("style", `filter: ${style.filter}`);
    node.removeAttribute("class");
  });
  return copy;
}

function shape(tag, attributes, text = "") {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...tspans(text));
  return node;
}

function placed(node, x, y) {
  node.setAttribute("x", x);
  node.setAttribute("y", y);
  return node;
}

/** The pictures side by side as one file, with titles, legends and, below, the settings. */
export function svg(view, settings) {
  const gap = 24;
  const line = 20;
  const style = getComputedStyle(view.pictures);
  const ink = plainColor(style.color);
  const columns = view.frames.map((frame, i) => ({
    drawing: frame.querySelector("svg"),
    handle: view.handles[i],
    title: view.spec.pictures[i].title,
    names: legendMarks(view.spec.pictures[i]).map(({label}) => label),
    entries: [...frame.parentElement.querySelectorAll(".gx-legend li")],
  }));
  const top = gap + line * Math.max(...columns.map(({title, entries}) => entries.length + !!title));
  const parts = [];
  let [left, height] = [gap, 0];
  for (const {drawing, handle, title, names, entries} of columns) {
    let y = gap;
    if (title) parts.push(shape("text", {x: left, y, "font-weight": "bold"}, title));
    if (title) y += line;
    entries.forEach((entry, i) => {
      const sample = entry.querySelector("svg");
      const range = entry.querySelector(".gx-range")?.textContent ?? "";
      if (sample) parts.push(placed(standalone(sample), left, y - 11));
      parts.push(shape("text", {x: left + (sample ? 42 : 0), y}, `${names[i]} ${range}`.trim()));
      y += line;
    });
    const copy = placed(standalone(drawing), left, top);
    const ring = {r: 8, fill: "none", stroke: ink, "stroke-width": 3};
    if (handle) copy.append(shape("circle", {...handle.at, ...ring}));
    parts.push(copy);
    left += Number(drawing.getAttribute("width")) + gap;
    height = Math.max(height, top + Number(drawing.getAttribute("height")));
  }
  const words = [settingsText(view.spec.controls, settings), ...view.sentences()].join("; ");
  const size = {width: left, height: height + 2 * line};
  const root = shape("svg", {...size, fill: ink, "font-family": style.fontFamily, "font-size": 12});
  const background = plainColor(style.getPropertyValue("--gx-surface"));
  root.append(shape("rect", {...size, fill: background}), ...parts);
  root.append(shape("text", {x: gap, y: height + line}, words));
  return new XMLSerializer().serializeToString(root);
}
