// The controls of a figure, and where they stand among its parts: on a page and beside a kernel.
import {buildControl} from "./controls.js";
import {element} from "./elements.js";

/** @import {Settings, Specification} from "./types" */
/** @import {FigureView} from "./view.js" */

const OPEN = 4; // controls that stand open; the others are folded
const BESIDE = 2; // pictures of width 1 that there is room for beside the controls

let forms = 0;

function moreSettings(rows) {
  if (!rows.length) return null;
  const summary = element("summary", {}, `More settings (${rows.length})`);
  const folded = element("div", {class: "gx-more-rows"}, ...rows);
  return element("details", {class: "gx-more"}, summary, folded);
}

/**
 * The controls of a figure; show(settings) puts them where they are told.
 * @param {Specification} spec
 * @param {(moved: Settings) => void} took tells where the reader put them
 * @param {() => void} reset
 */
export function buildForm(spec, took, reset) {
  forms += 1;
  /** @type {Record<string, ReturnType<typeof buildControl>>} */
  const controls = {};
  for (const control of spec.controls) {
    const id = `gx-${forms}-${control.name}`;
    controls[control.name] = buildControl(control, id, (value) => took({[control.name]: value}));
  }
  const rows = Object.values(controls).map(({row}) => row);
  const button = element("button", {type: "button", class: "gx-button gx-reset"}, "↺ Reset");
  button.addEventListener("click", reset);
  const group = {class: "gx-controls", role: "group", "aria-label": `Settings of ${spec.name}`};
  const more = moreSettings(rows.slice(OPEN));
  const node = element("div", group, ...rows.slice(0, OPEN), more, button);
  /** @type {(settings: Settings) => void} */
  const show = (settings) => {
    for (const [name, value] of Object.entries(settings)) controls[name].show(value);
  };
  return {node, show};
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
