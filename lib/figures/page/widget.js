// The picture beside a kernel: an anywidget view, which draws what Python computes.
import {captionOf, element} from "./elements.js";
import {FigureView} from "./view.js";

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

export function render({model, el}) {
  const figure = element("figure", {class: "gx-figure gx-kernel"});
  el.append(figure);
  /** @type {FigureView} */
  let view;
  /** @type {number | null} */
  let frame = null;

  const draw = () => {
    frame = null;
    if (!(view?.width > 0)) return;
    try {
      view.draw(readLeaves(model.get("data"), model.get("spec")), model.get("settings"));
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
      return model.get("settings");
    },
    // Python sets its sliders to what was dragged, and answers with new data.
    move(moved) {
      model.set("settings", {...this.settings, ...moved});
      model.save_changes();
    },
  };
  const rebuild = () => {
    resize.disconnect();
    const spec = model.get("spec");
    view = new FigureView(spec, host);
    figure.replaceChildren(element("figcaption", {}, ...captionOf(spec.caption)), ...view.nodes);
    resize.observe(view.pictures);
  };

  rebuild();
  model.on("change:data", schedule);
  model.on("change:spec", rebuild);
  return () => {
    resize.disconnect();
    if (frame !== null) cancelAnimationFrame(frame);
    model.off("change:data", schedule);
    model.off("change:spec", rebuild);
    figure.remove();
  };
}
