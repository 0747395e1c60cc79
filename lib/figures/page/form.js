// The controls of a figure, and where they stand among its parts: on a page and beside a kernel.
import {buildControl, moved, settingsText} from "./controls.js";
import {element, setText} from "./elements.js";
import {typeset} from "./words.js";

/** @import {Control, Settings, Specification} from "./types" */
/** @import {FigureView} from "./view.js" */

const OPEN = 4; // controls that stand open; the others are folded
const BESIDE = 2; // pictures of width 1 that there is room for beside the controls

let forms = 0;

/**
 * The controls that are folded. A handle, a link or another figure may move them unseen: so the
 * fold's own line says which of them do not stand at their defaults.
 * @param {Control[]} controls
 * @param {HTMLElement[]} rows
 */
function buildFold(controls, rows) {
  const words = element("span", {class: "gx-folded"});
  const summary = element("summary", {}, `More settings (${rows.length})`, words);
  const node = element(
    "details",
    {class: "gx-more"},
    summary,
    element("div", {class: "gx-more-rows"}, ...rows),
  );
  /** @type {(settings: Settings) => void} */
  const tell = (settings) => {
    const others = moved(controls, settings);
    setText(words, others.length ? ": " : "", ...typeset(settingsText(others, settings)));
  };
  return {node: rows.length ? node : null, tell};
}

/**
 * The controls of a figure; show(settings) puts them where they are told, and unfold(names) lets
 * the reader see those of them that do not stand at their defaults.
 * @param {Specification} spec
 * @param {(moved: Settings) => void} took tells where the reader put them
 * @param {() => void} reset
 */
export function buildForm(spec, took, reset) {
  forms += 1;
  /** @type {Record<string, ReturnType<typeof buildControl>>} */
  const controls = {};
  /** @type {Settings} where the controls stand */
  const settings = {};
  for (const control of spec.controls) {
    const id = `gx-${forms}-${control.name}`;
    settings[control.name] = control.default;
    controls[control.name] = buildControl(control, id, (value) => {
      note({[control.name]: value});
      took({[control.name]: value});
    });
  }
  const rows = Object.values(controls).map(({row}) => row);
  const button = element("button", {type: "button", class: "gx-button gx-reset"}, "↺ Reset");
  button.addEventListener("click", reset);
  const group = {class: "gx-controls", role: "group", "aria-label": `Settings of ${spec.name}`};
  const hidden = spec.controls.slice(OPEN);
  const fold = buildFold(hidden, rows.slice(OPEN));
  const node = element("div", group, ...rows.slice(0, OPEN), fold.node, button);
  const note = (/** @type {Settings} */ now) => fold.tell(Object.assign(settings, now));
  const show = (/** @type {Settings} */ now) => {
    for (const [name, value] of Object.entries(now)) controls[name].show(value);
    note(now);
  };
  const unfold = (/** @type {string[]} */ names) => {
    if (fold.node && moved(hidden, settings).some(({name}) => names.includes(name)))
      fold.node.open = true;
  };
  return {node, show, unfold};
}

/**
 * Put the parts of a figure in their order, below what it holds already.
 * @param {HTMLElement} figure
 * @param {FigureView} view
 * @param {HTMLElement} form
 */
export function arrange(figure, view, form) {
  figure.append(...view.nodes);
  view.tools.before(form);
  figure.classList.toggle("gx-below", view.units > BESIDE);
  measure(figure, view.pictures, "--gx-pictures-height");
  measure(figure, view.readouts, "--gx-readouts-height");
}

// The height of a part, for the style sheet: what is pinned below it, and scrolled to, needs it.
function measure(figure, part, property) {
  new ResizeObserver(([entry]) => {
    figure.style.setProperty(property, `${entry.borderBoxSize[0].blockSize}px`);
  }).observe(part);
}
