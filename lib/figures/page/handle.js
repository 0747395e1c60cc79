// A handle on a picture whose axes are two controls: the reader drags it to move both at once.
import {nearest, valueText} from "./controls.js";
import {clamp, element} from "./elements.js";

const ARROWS = {ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]};
const FAST = 10; // steps of an arrow key with Shift

export class Handle {
  // `frame` holds the drawing; `move({name: value, name: value})` tells where the reader wants to be.
  constructor(controls, frame, move) {
    this.controls = controls;
    this.frame = frame;
    this.move = move;
    this.node = element("div", {
      class: "gx-handle", tabindex: 0, role: "slider",
      "aria-roledescription": "two-dimensional slider",
      "aria-label": controls.map(({label}) => label).join(" and "),
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
      this.frame.addEventListener(end, () => (dragging = false));
    }
    this.frame.addEventListener("click", (event) => touches(event) && this.follow(event));
    this.node.addEventListener("keydown", (event) => {
      const direction = ARROWS[event.key];
      if (!direction) return;
      event.preventDefault();
      const steps = (i) => direction[i] * (event.shiftKey ? FAST : 1);
      this.send(this.controls.map((control, i) => nearest(control, this.values[i], steps(i))));
    });
  }

  follow(event) {
    const {left, top} = this.frame.getBoundingClientRect();
    const pixels = [event.clientX - left, event.clientY - top];
    this.send(
      this.controls.map((control, i) => {
        const [from, to] = this.scales[i].range;
        const inside = clamp(pixels[i], Math.min(from, to), Math.max(from, to));
        return nearest(control, this.scales[i].invert(inside));
      }),
    );
  }

  send(values) {
    this.move(Object.fromEntries(this.controls.map(({name}, i) => [name, values[i]])));
  }

  // Put the handle where the settings are in a new drawing.
  place(drawing, settings) {
    this.scales = ["x", "y"].map((key) => drawing.scale(key));
    this.values = this.controls.map(({name}) => settings[name]);
    const [left, top] = this.scales.map((scale, i) => scale.apply(this.values[i]));
    this.at = {cx: left, cy: top};
    this.node.style.translate = `${left}px ${top}px`;
    this.node.setAttribute("aria-valuenow", this.values[0]);
    const words = this.controls.map((c, i) => `${c.label} ${valueText(c, this.values[i])}`);
    this.node.setAttribute("aria-valuetext", words.join(", "));
  }
}
