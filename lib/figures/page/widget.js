// A figure beside a kernel: an anywidget view, which shows what Python computes.
import {captionOf, element} from "./elements.js";
import {arrange, buildForm} from "./form.js";
import {FigureView} from "./view.js";

/** @import {Settings, Specification} from "./types" */

const NOTICEABLE = 300; // milliseconds without an answer before the figure says that Python computes

// All leaves come as one run of little-endian float64, in order; it may start at any byte.
function readLeaves(data, spec) {
  const view = ArrayBuffer.isView(data) ? data : new Uint8Array(data);
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const values = new Float64Array(bytes.slice().buffer);
  let start = 0;
  return spec.leaves.map(({shape}) => {
    const size = shape.reduce((product, length) => product * length, 1);
    start += size;
    return shape.length ? values.slice(start - size, start) : values[start - size];
  });
}

/**
 * @param {{model: any, el: HTMLElement}} context the model has spec, settings and data, which Python
 *   sets, and `asked`, what the reader asks Python for; `answered` is the number of the last request.
 */
export function render({model, el}) {
  const node = element("div", {class: "gx-kernel"});
  el.append(node);
  /** @type {FigureView} */
  let view;
  /** @type {ReturnType<typeof buildForm>} */
  let form;
  /** @type {Settings} what the reader moved and Python has not answered yet */
  let ahead = {};
  /** @type {Settings} where Python had the controls when it told last */
  let told = {};
  /** @type {ReturnType<typeof setTimeout> | undefined} until the figure says that Python computes */
  let noticed;
  /** @type {number | null} until the next frame */
  let frame = null;
  /** @type {string | null} the label of the control that the reader moved last */
  let changed = null;

  const draw = () => {
    frame = null;
    if (!(view?.width > 0)) return;
    try {
      const leaves = readLeaves(model.get("data"), model.get("spec"));
      view.draw(leaves, model.get("settings"), changed);
    } catch (error) {
      view.fail(error);
    }
  };
  const schedule = () => {
    frame ??= requestAnimationFrame(draw);
  };
  const resize = new ResizeObserver(([entry]) => {
    view.width = entry.contentRect.width;
    schedule();
  });
  const host = {
    get settings() {
      return {...model.get("settings"), ...ahead};
    },
    move(moved) {
      form.show(moved);
      took(moved);
    },
  };
  // Only what was moved is asked for: Python may have set the other controls meanwhile. While it
  // computes, one request waits, so the later one holds what the earlier ones asked for.
  const took = (moved) => {
    view.moved();
    changed = view.labelOf(Object.keys(moved)[0]);
    ask(moved);
  };
  const ask = (moved) => {
    ahead = {...ahead, ...moved};
    noticed ??= setTimeout(() => view.busy(true), NOTICEABLE);
    model.set("asked", {number: Math.random(), settings: ahead});
    model.save_changes();
  };
  const settle = () => {
    if (model.get("answered") !== model.get("asked").number) return;
    clearTimeout(noticed);
    noticed = undefined;
    view.busy(false);
    schedule(); // where nothing has changed, axes may still have to go back
    const asked = ahead;
    ahead = {};
    showChanges(asked); // what Python has refused goes back
  };
  const showChanges = (before) => {
    const changed = Object.entries(told).filter(
      ([name, value]) => !(name in ahead) && name in before && value !== before[name],
    );
    form.show(Object.fromEntries(changed));
  };
  // The controls stand where Python has them, except for those that the reader is moving.
  const follow = () => {
    const before = told;
    told = model.get("settings");
    showChanges(before);
  };
  const rebuild = () => {
    resize.disconnect();
    /** @type {Specification} */
    const spec = model.get("spec");
    const defaults = Object.fromEntries(
      spec.controls.map((control) => [control.name, control.default]),
    );
    view = new FigureView(spec, host);
    form = buildForm(spec, took, () => {
      view.rest();
      changed = null;
      form.show(defaults);
      ask(defaults);
    });
    told = model.get("settings");
    form.show(host.settings);
    const caption = element("figcaption", {}, ...captionOf(spec.caption));
    const figure = element("figure", {class: "gx-figure"}, caption);
    arrange(figure, view, form.node);
    // Jupyter would take the keys that move them for shortcuts of its own.
    for (const focusable of figure.querySelectorAll("input, select, [role=slider]")) {
      focusable.setAttribute("data-lm-suppress-shortcuts", "true");
    }
    node.replaceChildren(figure);
    resize.observe(view.pictures);
  };

  // Jupyter's pages hide the whole output that stands in for this view, by its style; others do not.
  const showStandIn = (shown) => {
    const name = CSS.escape(model.get("spec").name);
    for (const standIn of document.querySelectorAll(`.gx-stand-in[data-figure="${name}"]`)) {
      /** @type {HTMLElement} */ (standIn).hidden = !shown;
    }
  };

  rebuild();
  showStandIn(false);
  const listeners = {data: schedule, settings: follow, answered: settle, spec: rebuild};
  for (const [name, act] of Object.entries(listeners)) model.on(`change:${name}`, act);
  return () => {
    resize.disconnect();
    clearTimeout(noticed);
    if (frame !== null) cancelAnimationFrame(frame);
    for (const [name, act] of Object.entries(listeners)) model.off(`change:${name}`, act);
    node.remove();
    showStandIn(true);
  };
}
