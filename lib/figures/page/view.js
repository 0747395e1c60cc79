// What a figure shows: its pictures side by side, legends, readouts and messages.
import {moved, settingsText} from "./controls.js";
import {asArray, element, setText} from "./elements.js";
import {csv, saveFile, svg} from "./files.js";
import {notFinite} from "./finite.js";
import {Handle} from "./handle.js";
import {buildLegend, drawPicture, heatmapRange} from "./pictures.js";
import {formatNumber, plain, typeset} from "./words.js";

const NARROWEST = 280; // px that a picture of width 1 needs at least, else it gets its own row
const LARGEST = 480; // px of a picture with one scale on both axes, so that it fits the window
const STRIP = 2 * NARROWEST; // px below which the pictures stand in one row, to be swiped
const PEEK = 24; // px of the next picture in it that are seen
const SMALL = 0.5; // of a picture's width: a smaller one stays small on a phone
const GAP = 16; // px between pictures

/** @import {Held, Host, Leaf, NumberControl, Picture, Settings, Specification} from "./types" */

export class FigureView {
  /** @type {[Leaf[], Settings]} what is drawn: the leaves, and the settings that gave them */
  drawn = [[], {}];
  /** @type {number[] | undefined} what the menus stood at in the last drawing */
  chosen;

  /**
   * @param {Specification} spec
   * @param {Host} host for a picture on which the reader drags
   */
  constructor(spec, host) {
    this.spec = spec;
    this.shapes = spec.leaves.map((leaf) => leaf.shape);
    this.width = 0;
    this.waiting = ""; // what the figure says while it computes
    this.startAxes();
    this.resting = false; // whether the reader has reset the figure, until it stands at its defaults
    this.frames = spec.pictures.map(() => element("div", {class: "gx-drawing"}));
    this.cards = spec.pictures.map((picture, i) =>
      element(
        "div",
        {class: picture.width < SMALL ? "gx-picture gx-small" : "gx-picture"},
        picture.title ? element("p", {class: "gx-title"}, ...typeset(picture.title)) : null,
        buildLegend(picture),
        this.frames[i],
      ),
    );
    const group = {class: "gx-pictures", role: "group", "aria-label": `Pictures of ${spec.name}`};
    this.pictures = element("div", group, ...this.cards);
    this.handles = spec.pictures.map(({drag}, i) => {
      if (!drag) return null;
      const sliders = spec.controls.filter(({kind}) => kind === "number");
      const controls = drag.map((name) => sliders.find((control) => control.name === name));
      return new Handle(/** @type {NumberControl[]} */ (controls), this.frames[i], host);
    });
    const {node, numbers} = buildReadouts(spec.readouts);
    this.readouts = node;
    this.numbers = numbers;
    this.spoken = element("p", {class: "gx-spoken", "aria-live": "polite"});
    this.status = element("p", {class: "gx-status", role: "status"});
    this.printed = element("p", {class: "gx-settings"}); // paper has no sliders to read them from
    this.tools = element(
      "div",
      {class: "gx-tools"},
      this.button("Data (CSV)", () =>
        saveFile(`${spec.name}.csv`, "text/csv", csv(spec, ...this.drawn)),
      ),
      this.button("Picture (SVG)", () =>
        saveFile(`${spec.name}.svg`, "image/svg+xml", svg(this, this.drawn[1])),
      ),
    );
    this.note = element("p", {class: "gx-note", role: "status"});
    this.nodes = [
      element("div", {class: "gx-says"}, this.status),
      this.pictures,
      this.readouts,
      this.printed,
      this.spoken,
      this.tools,
      this.note,
    ];
  }

  button(words, act) {
    const button = element("button", {type: "button", class: "gx-button"}, words);
    button.addEventListener("click", act);
    return button;
  }

  startAxes() {
    /** @type {Record<string, Held>[]} where each picture's axes end */
    this.ends = this.spec.pictures.map(() => ({}));
  }

  /** The reader resets: axes that have grown go back to where they started. What is still being
   * computed at other settings does not make them grow again. */
  rest() {
    this.resting = true;
  }

  /** The reader moves a control: from now on, what is drawn lets axes grow. */
  moved() {
    this.resting = false;
  }

  // Whether axes start afresh: a menu was chosen from, which may show another quantity. Back at the
  // defaults, they start where the figure's own do.
  startsAfresh(settings) {
    const menus = this.spec.controls.filter(({kind}) => kind === "choice");
    const before = this.chosen ?? menus.map((menu) => menu.default);
    this.chosen = menus.map(({name}) => settings[name]);
    if (this.chosen.every((option, i) => option === before[i])) return false;
    this.startAxes();
    return menus.some((menu, i) => menu.default !== this.chosen?.[i]);
  }

  // Pictures share rows, as far as they fit, and one unit of width is equally long in all of them.
  // Where only one fits, they stand in a strip: the first as wide as that, a swipe brings the next.
  pictureWidths() {
    const widths = this.spec.pictures.map(({width}) => width);
    if (this.strip) {
      const unit = this.width - PEEK;
      return widths.map((width) => Math.floor(width < SMALL ? unit * width : unit));
    }
    /** @type {number[][]} */
    const rows = [];
    for (const width of widths) {
      const row = [...(rows.at(-1) ?? []), width];
      const fits = sum(row) * NARROWEST + GAP * (row.length - 1) <= this.width;
      if (rows.length && fits) rows[rows.length - 1] = row;
      else rows.push([width]);
    }
    const units = rows.map((row) => (this.width - GAP * (row.length - 1)) / Math.max(1, sum(row)));
    const square = this.spec.pictures.some(({aspect}) => aspect === "equal");
    const unit = Math.min(...units, square ? LARGEST : Infinity);
    return widths.map((width) => Math.floor(unit * width));
  }

  /** Whether the pictures stand in one row that the reader swipes. */
  get strip() {
    return this.spec.pictures.length > 1 && this.width < STRIP;
  }

  /** The widths of all pictures together. */
  get units() {
    return sum(this.spec.pictures.map(({width}) => width));
  }

  /**
   * @param {Leaf[]} leaves
   * @param {Settings} settings
   * @param {string | null} changed the label of the control that the reader moved last
   */
  draw(leaves, settings, changed = null) {
    const afresh = this.startsAfresh(settings);
    if (this.resting) {
      this.startAxes();
      this.resting = moved(this.spec.controls, settings).length > 0;
    }
    this.drawn = [leaves, settings];
    const widths = this.pictureWidths();
    this.pictures.classList.toggle("gx-strip", this.strip);
    if (this.strip)
      this.pictures.tabIndex = 0; // so that the keyboard scrolls it
    else this.pictures.removeAttribute("tabindex");
    const drawings = this.spec.pictures.map((picture, i) => {
      const other = picture.title ?? `Picture ${i + 1} of ${this.spec.pictures.length}`;
      const alt = i === 0 ? this.spec.alt : other;
      return drawPicture(picture, leaves, this.shapes, widths[i], alt, this.ends[i], afresh);
    });
    drawings.forEach((drawing, i) => {
      this.frames[i].querySelector(".gx-plot")?.remove();
      this.frames[i].prepend(drawing); // a handle beside it keeps the focus
      this.handles[i]?.place(drawing, settings);
      this.cards[i].style.width = `${widths[i]}px`;
      this.showRanges(this.spec.pictures[i], leaves, this.cards[i]);
    });
    this.spec.readouts.forEach(({value, format, gaps}, i) => {
      const number = /** @type {number} */ (leaves[value]);
      const nothing = gaps && Number.isNaN(number);
      setText(this.numbers[i], nothing ? "–" : formatNumber(number, format));
    });
    setText(this.printed, ...typeset(settingsText(this.spec.controls, settings)));
    const trouble = notFinite(this.spec, leaves, changed);
    setText(this.status, ...typeset(trouble || this.waiting));
    this.status.classList.toggle("gx-warning", Boolean(trouble));
  }

  // A colour means a number only once the legend says which numbers the colours span.
  showRanges(picture, leaves, node) {
    const heatmaps = picture.marks.filter((mark) => mark.type === "heatmap" && mark.label);
    node.querySelectorAll(".gx-range").forEach((range, i) => {
      const ends = heatmapRange(heatmaps[i], asArray(leaves[heatmaps[i].z]));
      setText(range, `(${ends.map((end) => formatNumber(end)).join(" to ")})`);
    });
  }

  sentences() {
    return this.spec.readouts.map(({label, column}, i) => {
      const words = plain(column ? `${label}, ${column}` : label);
      return `${words}: ${this.numbers[i].textContent}`;
    });
  }

  speak() {
    setText(this.spoken, this.sentences().join("; "));
  }

  // A word about what the reader just did.
  say(...words) {
    setText(this.note, ...words);
  }

  labelOf(name) {
    return this.spec.controls.find((control) => control.name === name)?.label ?? name;
  }

  busy(waiting) {
    this.pictures.classList.toggle("gx-busy", waiting);
    this.pictures.setAttribute("aria-busy", waiting);
    this.waiting = waiting ? "Computing …" : "";
    this.status.classList.remove("gx-warning");
    setText(this.status, this.waiting);
  }

  fail(error) {
    this.status.classList.add("gx-warning");
    setText(this.status, `This figure cannot be drawn at these settings: ${error.message}.`);
  }
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/**
 * The readouts and the nodes of their numbers: a list or, where some are compared, a table.
 * @param {Specification["readouts"]} readouts
 * @returns {{node: HTMLElement, numbers: HTMLElement[]}}
 */
function buildReadouts(readouts) {
  const columns = [...new Set(readouts.map(({column}) => column))];
  if (columns.every((column) => column === null)) {
    const numbers = readouts.map(() => element("dd", {class: "gx-number"}));
    const pairs = readouts.map(({label}, i) =>
      element("div", {}, element("dt", {}, ...typeset(label)), numbers[i]),
    );
    const list = {class: "gx-readouts", hidden: pairs.length ? null : ""};
    return {node: element("dl", list, ...pairs), numbers};
  }
  const numbers = readouts.map(() => element("span", {class: "gx-number"}));
  const cell = (label, column) => {
    const i = readouts.findIndex((one) => one.label === label && one.column === column);
    return element("td", {}, i < 0 ? "" : numbers[i]);
  };
  const head = columns.map((column) => element("th", {scope: "col"}, ...typeset(column ?? "")));
  const rows = [...new Set(readouts.map(({label}) => label))].map((label) =>
    element(
      "tr",
      {},
      element("th", {scope: "row"}, ...typeset(label)),
      ...columns.map((column) => cell(label, column)),
    ),
  );
  const table = element(
    "table",
    {class: "gx-readouts"},
    element("thead", {}, element("tr", {}, element("td"), ...head)),
    element("tbody", {}, ...rows),
  );
  return {node: table, numbers};
}
