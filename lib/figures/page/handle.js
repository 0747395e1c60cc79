// A handle on a picture whose axes are two controls: the reader drags it to move both at once.
import {nearest, settingText} from "./controls.js";
import {clamp, element} from "./elements.js";
import {plain} from "./words.js";

const FAST = 10; // steps of an arrow key with Shift, and of a page key
// Key -> the axis that it moves the handle along, and by how many steps.
const KEYS = {
  ArrowRight: [0, 1],
  ArrowLeft: [0, -1],
  ArrowUp: [1, 1],
  ArrowDown: [1, -1],
  PageUp: [1, FAST],
  PageDown: [1, -FAST],
  Home: [0, -Infinity],
  End: [0, Infinity],
};

/** @import {Host, NumberControl, Settings} from "./types" */

export class Handle {
  /** @type {any[] | null} Plot's scales of the drawing, once there is one */
  scales = null;
  /** @type {{cx: number, cy: number} | null} where the handle stands in the drawing */
  at = null;

  /**
   * @param {NumberControl[]} controls of the picture's two axes
   * @param {HTMLElement} frame holds the drawing
   * @param {Host} host has the figure's settings now, which may not be drawn yet
   */
  constructor(controls, frame, host) {
    this.controls = controls;
    this.frame = frame;
    this.host = host;
    this.node = element("div", {
      class: "gx-handle",
      tabindex: 0,
      role: "slider",
      "aria-roledescription": "two-dimensional slider",
      "aria-label": controls.map(({label}) => plain(label)).join(" and "),
      "aria-valuemin": controls[0].min,
      "aria-valuemax": controls[0].max,
    });
    frame.classList.add("gx-draggable");
    frame.append(this.node);
    this.listen();
  }

  listen() {
    let dragging = false;
    const touches = (event) => event.pointerType !== "mouse" && event.target !== this.node;
    this.frame.addEventListener("pointerdown", (event) => {
      // A finger on the picture scrolls the page; it drags only when it starts on the handle.
      if (event.button !== 0 || !this.scales || touches(event)) return;
      event.preventDefault();
      dragging = true;
      this.frame.setPointerCapture(event.pointerId);
      this.node.focus({preventScroll: true});
      this.follow(event);
    });
    this.frame.addEventListener("pointermove", (event) => dragging && this.follow(event));
    for (const end of ["pointerup", "pointercancel"]) {
      this.frame.addEventListener(end, () => {
        dragging = false;
      });
    }
    this.frame.addEventListener("click", (event) => touches(event) && this.follow(event));
    this.node.addEventListener("keydown", (event) => {
      if (!KEYS[event.key]) return;
      event.preventDefault();
      const [axis, steps] = KEYS[event.key];
      const control = this.controls[axis];
      const fast = event.shiftKey && Math.abs(steps) === 1 ? FAST : 1;
      const value = nearest(control, this.host.settings[control.name], fast * steps);
      this.host.move({[control.name]: value});
    });
  }

  follow(event) {
    const {left, top} = this.frame.getBoundingClientRect();
    const pixels = [event.clientX - left, event.clientY - top];
    const moved = (this.scales ?? []).map(({range: [from, to], invert}, i) => {
      const inside = clamp(pixels[i], Math.min(from, to), Math.max(from, to));
      return [this.controls[i].name, nearest(this.controls[i], invert(inside))];
    });
    if (moved.length) this.host.move(Object.fromEntries(moved));
  }

  /**
   * Put the handle where the settings are in a new drawing.
   * @param {any} drawing by Plot
   * @param {Settings} settings
   */
  place(drawing, settings) {
    const scales = ["x", "y"].map((key) => drawing.scale(key));
    this.scales = scales;
    const values = this.controls.map(({name}) => settings[name]);
    const [left, top] = scales.map((scale, i) => scale.apply(values[i]));
    this.at = {cx: left, cy: top};
    this.node.style.translate = `${left}px ${top}px`;
    this.node.setAttribute("aria-valuenow", String(values[0]));
    const words = this.controls.map((control, i) => settingText(control, values[i]));
    this.node.setAttribute("aria-valuetext", plain(words.join(", ")));
  }
}
