// A picture: its marks and axes, drawn by Observable Plot from the leaves of the figure's function.
import {asArray, clamp, element, plotLibrary} from "./elements.js";
import palette from "./palette.json" with {type: "json"};
import {
  formatNumber,
  formatPower,
  logTicks,
  longNumbers,
  tspans,
  typeset,
  typesetDrawing,
} from "./words.js";

/** @import {Axis, Leaf, Mark, Picture} from "./types" */

const HUGE = 1e300; // beyond it the length of an axis would overflow

// One array of drawable positions: what the axis cannot show becomes NaN, which Plot leaves out.
// Far outside of a fixed domain it is moved nearer: SVG coordinates are single precision.
function positions(values, axis, length = values.length) {
  const log = axis.scale === "log";
  const [low, high] = axis.domain ?? [null, null];
  const fixed = low !== null && high !== null;
  const far = 1e3 * Math.abs(high - low);
  const nearest = log ? Math.min(low, high) * 1e-30 : Math.min(low, high) - far;
  const farthest = log ? Math.max(low, high) * 1e30 : Math.max(low, high) + far;
  const out = new Float64Array(length);
  for (let i = 0; i < length; i += 1) {
    const value = values[i % values.length]; // a single value or a shared row serves all
    const drawable = Math.abs(value) < HUGE && (value > 0 || !log);
    out[i] = !drawable ? NaN : fixed ? clamp(value, nearest, farthest) : value;
  }
  return out;
}

// Several series become one path: a NaN after each row lifts the pen.
function separateRows(values, rowLength) {
  const rows = values.length / rowLength;
  const out = new Float64Array(values.length + rows - 1).fill(NaN);
  for (let row = 0; row < rows; row += 1) {
    out.set(values.subarray(row * rowLength, (row + 1) * rowLength), row * (rowLength + 1));
  }
  return out;
}

// What a mark draws at these leaves: its positions on both axes, and z of a heatmap.
function readMark(mark, picture, leaves, shapes) {
  if (mark.type === "heatmap") {
    const [rows, columns] = shapes[mark.z];
    return {x: mark.x, y: mark.y, z: asArray(leaves[mark.z]), rows, columns};
  }
  const used = ["x", "y", "dx", "dy"].filter((key) => Number.isInteger(mark[key]));
  const text = mark.type === "text"; // its dx and dy are pixels, not leaves
  const read = Object.fromEntries(
    used.filter((key) => !text || key.length === 1).map((key) => [key, asArray(leaves[mark[key]])]),
  );
  if (mark.type === "rule") {
    return {
      x: read.x ? positions(read.x, picture.x) : [],
      y: read.y ? positions(read.y, picture.y) : [],
    };
  }
  const length = Math.max(...Object.values(read).map((values) => values.length));
  let x = positions(read.x, picture.x, length);
  let y = positions(read.y, picture.y, length);
  if (mark.type === "line") {
    const longest = read.y.length >= read.x.length ? mark.y : mark.x;
    const rowLength = shapes[longest].at(-1) ?? 1;
    if (rowLength < length) [x, y] = [separateRows(x, rowLength), separateRows(y, rowLength)];
  }
  if (mark.type !== "arrows") return {x, y};
  const end = (start, step, axis) =>
    positions(
      start.map((s, i) => s + step[i % step.length]),
      axis,
    );
  return {x, y, x2: end(x, read.dx, picture.x), y2: end(y, read.dy, picture.y)};
}

function extent(arrays) {
  let [low, high] = [Infinity, -Infinity];
  for (const array of arrays) {
    for (const value of array) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return [low, high];
}

const GROWTH = 10; // times its length at the start, up to which an axis grows
const ROOM = 0.04; // of an axis's length, beyond the numbers at either end, as in axes.py

/** @import {Held} from "./types" */

/** @type {(scale: string) => ((value: number) => number)[]} to places on an axis, and back */
export const onScale = (scale) =>
  scale === "log" ? [Math.log10, (at) => 10 ** at] : [(value) => value, (at) => at];

/**
 * The ends of an axis now. One that grows moves outwards, with some room, when the numbers pass it,
 * and stays there: so it stands still nearly always, and a run that diverges leaves the frame.
 * @type {(axis: Axis, arrays: ArrayLike<number>[], held?: Held) => Held}
 */
export function axisDomain({domain, grows, scale}, arrays, held = {start: domain, ends: domain}) {
  if (!grows.includes(true)) return held;
  const [forth, back] = onScale(scale);
  const [low, high] = held.start.map(forth);
  const length = high - low;
  const [from, to] = extent(arrays).map((end) => (Number.isFinite(end) ? forth(end) : NaN));
  const ends = held.ends.map(forth);
  if (grows[0] && from < ends[0]) ends[0] = Math.max(from - 0.2 * length, low - GROWTH * length);
  if (grows[1] && to > ends[1]) ends[1] = Math.min(to + 0.2 * length, high + GROWTH * length);
  const moved = ends.map((end, i) => (end === forth(held.ends[i]) ? held.ends[i] : back(end)));
  return {start: held.start, ends: moved};
}

/**
 * Where an axis starts when the reader has chosen from a menu, which may show another quantity.
 * @type {(axis: Axis, arrays: ArrayLike<number>[], around?: number) => Held}
 */
export function axisAfresh({domain, grows, scale}, arrays, around = ROOM) {
  const [forth, back] = onScale(scale);
  const [from, to] = extent(arrays).map((end) => (Number.isFinite(end) ? forth(end) : NaN));
  const room = around * (to - from);
  const fitted = [back(from - room), back(to + room)];
  const usable = to > from && fitted.every(Number.isFinite);
  const start = domain.map((end, i) => (grows[i] && usable ? fitted[i] : end));
  return {start, ends: start};
}

/**
 * One unit has the same length on both axes: the axis with room to spare shows more, none less.
 * @type {(x: number[], y: number[], width: number, height: number) => number[][]}
 */
function equalize([x0, x1], [y0, y1], width, height) {
  const unit = Math.max(Math.abs(x1 - x0) / width, Math.abs(y1 - y0) / height);
  const widen = (a, b, pixels) => {
    const extra = ((unit * pixels - Math.abs(b - a)) / 2) * Math.sign(b - a || 1);
    return [a - extra, b + extra];
  };
  return [widen(x0, x1, width), widen(y0, y1, height)];
}

function wrapLabel(label, width) {
  const lines = [];
  for (const word of (label ?? "").split(" ")) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && longer.length * LETTER > width) lines.push(word);
    else lines.splice(-1, 1, longer);
  }
  return lines;
}

// What Plot needs to draw an axis over `pixels`; long category names on x are slanted.
function axisOptions(axis, domain, pixels, spacing, label) {
  const options = {type: axis.scale === "log" ? "log" : "linear", domain, grid: true, label};
  if (axis.ticks) {
    options.ticks = axis.ticks.map((_, position) => position);
    options.tickFormat = (position) => axis.ticks[position];
    options.grid = false;
  } else if (axis.scale === "log") {
    options.ticks = logTicks(domain);
    const powers = options.ticks.some((tick) => tick < 1e-3 || tick >= 1e5);
    options.tickFormat = powers ? formatPower : (value) => formatNumber(value);
  } else {
    options.ticks = Math.max(2, Math.round(pixels / spacing));
    if (longNumbers(domain, options.ticks)) options.tickFormat = formatPower;
    else if (Math.max(...domain.map(Math.abs)) >= 1000) {
      options.tickFormat = (value) => formatNumber(value, ".12g");
    }
  }
  return options;
}

const color = (mark) => `var(--gx-${mark.color})`;
const wordColor = (mark) => `color-mix(in srgb, ${color(mark)} 60%, var(--gx-ink))`;

function stroke(mark) {
  const dash = mark.dash ? "6 4" : undefined;
  return {stroke: color(mark), strokeWidth: mark.width ?? 1.5, strokeDasharray: dash};
}

// Plot draws shaft and head as one path; a dashed shaft still needs a whole head.
function keepArrowHeadsSolid(index, scales, values, dimensions, context, next) {
  const group = next(index, scales, values, dimensions, context);
  for (const path of group.querySelectorAll("path[d]")) {
    const [shaft, head] = path.getAttribute("d").split(/(?=M)/);
    const solid = path.cloneNode();
    path.setAttribute("d", shaft);
    solid.setAttribute("d", head);
    solid.setAttribute("stroke-dasharray", "none");
    path.after(solid);
  }
  return group;
}

// Each palette gives a colour and an opacity for t in [0, 1]. Transparency stands for "nothing",
// so that a heatmap sits on light and dark pages alike; the style sheet inverts "ink" on dark.
const PALETTES = {
  ink: {fill: () => "black", opacity: (t) => t},
  diverging: {
    fill: (t) => (t < 0.5 ? palette.light.blue : palette.light.vermillion),
    opacity: (t) => Math.abs(2 * t - 1),
  },
  sequential: {fill: (t) => cividis(t), opacity: () => 1},
};
const SHADES = 256;
const shadeTables = {};
/** @type {any} Plot's scale, once it is needed */
let cividisScale = null;

function cividis(t) {
  cividisScale ??= plotLibrary()
    .plot({color: {scheme: "cividis", domain: [0, 1]}})
    .scale("color");
  return cividisScale.apply(t);
}

function paletteShades(name) {
  const {fill, opacity} = PALETTES[name];
  const steps = Array.from({length: SHADES}, (_, i) => i / (SHADES - 1));
  shadeTables[name] ??= {fills: steps.map(fill), opacities: steps.map(opacity)};
  return shadeTables[name];
}

export function heatmapRange(mark, z) {
  const [low, high] = mark.domain ?? [null, null];
  let [from, to] = extent([positions(z, {})]);
  if (from > to) [from, to] = [0, 1];
  if (mark.palette === "diverging") {
    to = Math.max(Math.abs(from), Math.abs(to));
    from = -to;
  }
  return [low ?? from, high ?? to];
}

function heatmap(Plot, mark, at) {
  const [low, high] = heatmapRange(mark, at.z);
  const {fills, opacities} = paletteShades(mark.palette);
  const shade = (z) => Math.round(clamp((z - low) / (high - low || 1), 0, 1) * (SHADES - 1));
  return Plot.raster(at.z, {
    width: at.columns,
    height: at.rows,
    x: null, // cells fill the picture evenly: they are not put where a logarithmic scale has them
    y: null,
    x1: at.x[0],
    x2: at.x[1],
    y1: at.y[0],
    y2: at.y[1],
    fill: {value: Array.from(at.z, (z) => fills[shade(z)] ?? "black"), scale: null},
    fillOpacity: {value: Array.from(at.z, (z) => opacities[shade(z)] ?? 0), scale: null},
    imageRendering: "pixelated",
    className: `gx-palette-${mark.palette}`,
  });
}

const MARKS = {
  line: (Plot, mark, at) => Plot.line(at.x, {x: at.x, y: at.y, ...stroke(mark)}),
  points: (Plot, mark, at, inside = (_x, _y) => true) => {
    const cross = mark.symbol === "cross"; // a plus or times sign has no inside to fill
    const outline = {stroke: color(mark), strokeWidth: 1.8};
    const paint = mark.filled && !cross ? {fill: color(mark)} : outline;
    return Plot.dot(at.x, {
      x: at.x,
      y: at.y,
      r: mark.size / 2,
      symbol: cross ? "times" : mark.symbol,
      ...paint,
      filter: (_, i) => inside(at.x[i], at.y[i]), // whole symbols at the frame, none beyond it
      clip: false,
    });
  },
  arrows: (Plot, mark, at) =>
    Plot.arrow(at.x, {
      x1: at.x,
      y1: at.y,
      x2: at.x2,
      y2: at.y2,
      headAngle: 50,
      headLength: 7,
      ...stroke(mark),
      render: mark.dash ? keepArrowHeadsSolid : undefined,
    }),
  heatmap,
  rule: (Plot, mark, at) => [
    Plot.ruleX(at.x, {x: at.x, ...stroke(mark)}),
    Plot.ruleY(at.y, {y: at.y, ...stroke(mark)}),
  ],
};

const LETTER = 6.5; // px that a letter of an axis takes, about
const APART = 15; // px between two names at the ends of lines

const namedLines = ({named_at_ends: atEnds, marks}) =>
  atEnds ? marks.filter(({type, label}) => type === "line" && label) : [];

/**
 * The names of lines at their right ends: as near to them as they fit below each other.
 * @type {(svg: any, lines: any[], right: number, frame: number[]) => void}
 */
function nameEnds(svg, lines, right, [top, bottom]) {
  const y = svg.scale("y");
  const ends = lines.map(({mark, at}) => {
    const last = at.y.findLastIndex((value, i) => !Number.isNaN(value) && !Number.isNaN(at.x[i]));
    const place = last < 0 ? NaN : clamp(y.apply(at.y[last]), top + 6, bottom - 4);
    return {mark, place};
  });
  const shown = ends.filter(({place}) => !Number.isNaN(place)).sort((a, b) => a.place - b.place);
  shown.forEach((end, i) => {
    if (i > 0) end.place = Math.max(end.place, shown[i - 1].place + APART);
  });
  for (let i = shown.length - 1, limit = bottom - 2; i >= 0; i -= 1, limit -= APART) {
    limit = Math.min(limit, shown[i].place);
    shown[i].place = limit;
  }
  for (const {mark, place} of shown) {
    const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
    const look = {
      x: right + 6,
      y: place + 4,
      fill: wordColor(mark),
      "text-anchor": "start",
    };
    for (const [name, value] of Object.entries(look)) text.setAttribute(name, String(value));
    text.append(...tspans(mark.label));
    svg.append(text);
  }
}

/**
 * The words of a picture: within its frame, and none on another's place. What they name may have
 * left the frame; they go with it.
 * @param {any} svg
 * @param {{mark: any, at: any}[]} words
 * @param {{left: number, right: number, top: number, bottom: number}} frame
 * @param {(x: number, y: number) => boolean} inside
 */
function placeWords(svg, words, frame, inside) {
  const [x, y] = [svg.scale("x"), svg.scale("y")];
  const taken = [];
  for (const {mark, at} of words) {
    if (!inside(at.x[0], at.y[0])) continue;
    const width = mark.text.replace(/[_^{}]/g, "").length * LETTER;
    const before = {start: 0, middle: width / 2, end: width}[mark.anchor];
    const first = x.apply(at.x[0]) + mark.dx - before;
    const left = clamp(first, frame.left + 3, Math.max(frame.left + 3, frame.right - width - 3));
    const wanted = clamp(y.apply(at.y[0]) + mark.dy, frame.top + 8, frame.bottom - 8);
    const near = taken.filter((other) => left < other.right && other.left < left + width);
    const places = [wanted, ...near.flatMap(({middle}) => [middle - APART, middle + APART])]
      .filter((place) => place >= frame.top + 8 && place <= frame.bottom - 8)
      .filter((place) => near.every(({middle}) => Math.abs(place - middle) >= APART - 0.01))
      .sort((one, other) => Math.abs(one - wanted) - Math.abs(other - wanted));
    const middle = places[0] ?? wanted;
    taken.push({left, right: left + width, middle});
    const look = {
      x: left + before,
      y: middle,
      dy: "0.32em",
      fill: wordColor(mark),
      stroke: "var(--gx-surface)",
      "stroke-width": 3,
      "paint-order": "stroke",
      "stroke-linejoin": "round",
      "font-size": 13,
      "text-anchor": mark.anchor,
    };
    const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
    for (const [name, value] of Object.entries(look)) text.setAttribute(name, String(value));
    text.append(mark.text);
    svg.append(text);
  }
}

function marginsOf(picture, width) {
  const {x, y} = picture;
  const longest = Math.max(0, ...(y.ticks ?? []).map((tick) => tick.length));
  const bare = y.ticks?.length === 0; // no ticks and labels to make room for
  const names = namedLines(picture).map(({label}) => label.replace(/[_^{}]/g, "").length);
  const ends = names.length ? Math.min(14 + Math.max(...names) * LETTER, width / 2.5) : 0;
  const right = bare ? 2 : Math.max(14, ends);
  const left = bare ? 2 : y.ticks ? 14 + Math.min(longest * LETTER, width / 3) : 56;
  const inner = width - left - right;
  const xLines = wrapLabel(x.label, inner);
  const yLines = wrapLabel(y.label, width - 10);
  const ticks = (x.ticks ?? []).map((tick) => tick.length * LETTER);
  const slanted = ticks.length * Math.max(0, ...ticks) > inner;
  const tickHeight = slanted ? 12 + Math.max(...ticks) * 0.6 : ticks.length || !x.ticks ? 26 : 8;
  const labelHeight = (lines) => (lines[0] ? lines.length * 14 + 4 : 0);
  return {
    margins: {
      marginLeft: left,
      marginRight: right,
      marginTop: labelHeight(yLines) + 10,
      marginBottom: tickHeight + labelHeight(xLines),
    },
    labels: [xLines, yLines].map((lines) => (lines[0] ? lines.join("\n") : null)),
    tickRotate: slanted ? -40 : 0,
    innerWidth: inner,
  };
}

/**
 * The drawing of one picture at these leaves.
 * @param {Picture} picture
 * @param {Leaf[]} leaves
 * @param {number[][]} shapes of the leaves
 * @param {number} width px
 * @param {string} ariaLabel
 * @param {Record<string, Held>} held where its axes ended in the last drawing, which it renews
 * @param {boolean} afresh whether a menu was chosen from since then
 */
export function drawPicture(picture, leaves, shapes, width, ariaLabel, held, afresh) {
  const Plot = plotLibrary();
  const layers = picture.marks.map((mark) => ({mark, at: readMark(mark, picture, leaves, shapes)}));
  // A heatmap fills its picture; around other marks there is some room.
  const around = picture.marks.some(({type}) => type === "heatmap") ? 0 : ROOM;
  for (const key of ["x", "y"]) {
    const arrays = layers.flatMap(({at}) => [at[key], at[`${key}2`] ?? []]);
    if (afresh) held[key] = axisAfresh(picture[key], arrays, around);
    else held[key] = axisDomain(picture[key], arrays, held[key]);
  }
  let [xDomain, yDomain] = [held.x.ends, held.y.ends];
  const {margins, labels, tickRotate, innerWidth} = marginsOf(picture, width);
  let innerHeight = Math.round(clamp(innerWidth * 0.8, 220, 380));
  if (picture.aspect === "equal") {
    const [x, y] = [picture.x, picture.y].map(({domain: [from, to]}) => Math.abs(to - from));
    innerHeight = Math.round(innerWidth * clamp(y / x, 0.3, 1.2)); // of the ends at the start: it never jumps
    [xDomain, yDomain] = equalize(xDomain, yDomain, innerWidth, innerHeight);
  }
  const inside = (x, y) =>
    (x - xDomain[0]) * (x - xDomain[1]) <= 0 && (y - yDomain[0]) * (y - yDomain[1]) <= 0;
  const svg = Plot.plot({
    className: "gx-plot",
    width,
    height: innerHeight + margins.marginTop + margins.marginBottom,
    ...margins,
    ariaLabel,
    clip: true,
    x: {
      ...axisOptions(picture.x, xDomain, innerWidth, 75, labels[0]),
      labelAnchor: "center",
      labelArrow: "none",
      tickRotate,
      tickSize: 4,
    },
    y: {
      ...axisOptions(picture.y, yDomain, innerHeight, 60, labels[1]),
      labelAnchor: "top",
      labelArrow: "none",
      tickSize: 4,
    },
    marks: [
      Plot.frame({stroke: "currentColor", strokeOpacity: 0.35}),
      ...layers.map(({mark, at}) => MARKS[mark.type]?.(Plot, mark, at, inside)),
    ],
  });
  svg.querySelector("style").remove(); // explorer.css holds these rules; a new sheet restyles the page
  svg.setAttribute("role", "img");
  // Plot names the parts as well, which an image with a name of its own hides from readers.
  for (const part of svg.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label");
  const lines = namedLines(picture);
  const ended = layers.filter(({mark}) => lines.includes(mark));
  const frame = {
    left: margins.marginLeft,
    right: width - margins.marginRight,
    top: margins.marginTop,
    bottom: margins.marginTop + innerHeight,
  };
  nameEnds(svg, ended, frame.right, [frame.top, frame.bottom]);
  const words = layers.filter(({mark}) => mark.type === "text");
  placeWords(svg, words, frame, inside);
  typesetDrawing(svg);
  return svg;
}

// A sample of the mark, drawn by the same code as the picture.
function swatch(mark) {
  if (mark.type === "heatmap") return element("span", {class: `gx-ramp gx-ramp-${mark.palette}`});
  const Plot = plotLibrary();
  const type = mark.type === "rule" ? "line" : mark.type;
  const at = type === "points" ? {x: [0.5], y: [0.5]} : {x: [0, 1], y: [0.5, 0.5]};
  const arrow = {x: [0], y: [0.5], x2: [1], y2: [0.5]};
  const svg = Plot.plot({
    className: "gx-plot",
    width: type === "points" ? 14 : 26, // two dashes; a phone has three or four names in a line
    height: 14,
    margin: 3,
    axis: null,
    x: {domain: [0, 1]},
    y: {domain: [0, 1]},
    marks: [MARKS[type](Plot, mark, type === "arrows" ? arrow : at)],
  });
  svg.querySelector("style").remove();
  svg.setAttribute("aria-hidden", "true");
  return svg;
}

/** The marks that a picture's legend names: not those that are named in the picture.
 * @param {Picture} picture
 */
export function legendMarks(picture) {
  const atEnds = namedLines(picture);
  return picture.marks.filter((mark) => mark.label && !atEnds.includes(mark));
}

/** @param {Picture} picture */
export function buildLegend(picture) {
  const named = legendMarks(picture);
  if (!named.length) return null;
  const entries = named.map((mark) => {
    const range = mark.type === "heatmap" ? element("span", {class: "gx-range"}) : null;
    return element("li", {}, swatch(mark), element("span", {}, ...typeset(mark.label)), range);
  });
  return element("ul", {class: "gx-legend"}, ...entries);
}
