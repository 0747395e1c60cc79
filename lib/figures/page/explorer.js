// <geometry-explorer>: a figure on a page without a kernel, run by its own JavaScript.
import {Computation} from "./computing.js";
import {admissible} from "./controls.js";
import {element, part, setText} from "./elements.js";
import {arrange, buildForm} from "./form.js";
import {functionOf} from "./functions.js";
import {readHash, understand, worthKeeping, writeHash} from "./links.js";
import {FigureView} from "./view.js";
import {typeset} from "./words.js";

/** @import {Leaf, Settings, Specification} from "./types" */

const REST = 500; // milliseconds without a change before a screen reader hears the readouts
const NOTICEABLE = 100; // milliseconds of computing before the figure says so

/** @type {Set<GeometryExplorerElement>} in shadow roots as well, where no selector finds them */
const built = new Set();
const figuresHere = () => [...built].filter((figure) => figure.isConnected);

class GeometryExplorerElement extends HTMLElement {
  /** @type {Specification} */
  spec;
  /** @type {FigureView} */
  view;
  /** @type {Computation | null} once the function is there */
  computation = null;
  coming = false; // whether the function is being loaded
  /** @type {Settings} where the controls stand */
  current;
  /** @type {ReturnType<typeof buildForm>} the controls */
  form;
  /** @type {ResizeObserver} */
  resize;
  /** @type {HTMLElement} the picture where there is no drawing */
  fallback;
  /** @type {HTMLElement} that shows the function's text */
  code;
  /** @type {Leaf[] | null} the function's leaves at these settings, once they are computed */
  leaves = null;
  /** @type {string | null} the label of the control that the reader moved last */
  changed = null;
  heard = true; // the readouts as they are: what the reader has not moved is not announced
  /** @type {number | null} until the next frame */
  frame = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} until the figure says that it computes */
  noticed = undefined;
  /** @type {ReturnType<typeof setTimeout> | undefined} until a screen reader hears the readouts */
  resting = undefined;

  connectedCallback() {
    if (this.view) return; // moved in the page, and already built
    if (this.closest(".jp-OutputArea")) return; // the picture stands in for a widget of Jupyter
    const build = () => this.build();
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", build);
    else build();
  }

  build() {
    this.fallback = part(this, ".gx-fallback");
    try {
      this.spec = JSON.parse(part(this, ".gx-spec").textContent);
      this.current = this.defaults;
      this.view = new FigureView(this.spec, this);
      this.form = buildForm(
        this.spec,
        (moved) => this.took(moved),
        () => this.reset(),
      );
    } catch (error) {
      this.replaceByWords(/** @type {Error} */ (error));
      return;
    }
    this.view.tools.prepend(this.view.button("Copy link", () => this.copyLink()));
    const figure = part(this, "figure");
    arrange(figure, this.view, this.form.node);
    this.code = element("code");
    figure.append(foldCode(this.code));
    this.showFallback(true); // until there is a drawing
    this.drawWhenNear();
    this.join();
    built.add(this);
    this.followLink();
    if (document.readyState === "complete") sayWhatIsMissing(); // or when the page has loaded
  }

  // All waits until the figure is close to the screen; widths come from the observer, so that no
  // drawing has to ask the browser for a layout.
  drawWhenNear() {
    this.resize = new ResizeObserver(([entry]) => {
      if (Math.abs(entry.contentRect.width - this.view.width) < 1) return;
      this.view.width = entry.contentRect.width;
      this.schedule();
    });
    const near = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        near.disconnect();
        this.wake();
      },
      {rootMargin: "400px"},
    );
    near.observe(this);
  }

  // From now on the figure is drawn; its function comes first, again where it has not come before.
  async wake() {
    this.resize.observe(this.view.pictures);
    if (this.computation || this.coming) return;
    this.coming = true;
    try {
      const found = await functionOf(part(this, ".gx-function"));
      this.code.textContent = found.source;
      this.computation = new Computation(found);
      this.schedule();
    } catch (error) {
      this.endNotice();
      this.fail(error);
    } finally {
      this.coming = false;
    }
  }

  // ---- Settings ------------------------------------------------------------------------------

  /** The settings now: {name: number}; a choice is the index of its option. */
  get settings() {
    return {...this.current};
  }

  get defaults() {
    return Object.fromEntries(this.spec.controls.map((c) => [c.name, c.default]));
  }

  /** Move controls: set({learning_rate: 0.1}). Values out of range are clamped. */
  set(settings) {
    this.show(settings);
    this.tell(Object.keys(settings));
  }

  reset() {
    this.heard = false;
    this.view.rest();
    this.set(this.defaults);
    this.changed = null;
    keepAddress();
  }

  // The reader dragged a handle: the sliders follow.
  move(moved) {
    this.form.show(moved);
    this.took(moved);
  }

  // A control stands where the reader put it: compute, and tell the figures that share it.
  took(moved) {
    Object.assign(this.current, moved);
    this.heard = false;
    this.view.say("");
    this.view.moved();
    this.changed = this.view.labelOf(Object.keys(moved)[0]);
    this.renew();
    this.tell(Object.keys(moved));
    keepAddress();
  }

  // All of the settings or, where one is refused, none.
  show(settings) {
    const values = Object.fromEntries(
      Object.entries(settings).map(([name, asked]) => [name, this.admit(name, asked)]),
    );
    Object.assign(this.current, values);
    this.form.show(values);
    this.wake(); // a figure that is moved is drawn, near or not
    this.renew();
  }

  // The value that a control takes for what was asked.
  admit(name, asked) {
    const control = this.spec.controls.find((candidate) => candidate.name === name);
    if (!control) {
      const known = Object.keys(this.current).join(", ");
      throw new Error(`set: there is no control "${name}"; this figure has ${known}`);
    }
    const {value} = admissible(control, asked);
    if (value === null) throw new Error(`set: ${name} must be a finite number, not ${asked}`);
    return value;
  }

  // The figures that share controls of one name with this one, as far as they are built.
  linked() {
    return figuresHere().filter((other) => other !== this && other.spec.group === this.spec.group);
  }

  tell(names) {
    for (const other of this.linked()) {
      const shared = names.filter((name) => name in other.current);
      if (shared.length) other.show(Object.fromEntries(shared.map((n) => [n, this.current[n]])));
    }
  }

  // A figure that is built later stands where those that are linked to it stand.
  join() {
    for (const other of this.linked()) {
      const moved = Object.entries(other.current).filter(
        ([name, value]) => name in this.current && value !== this.current[name],
      );
      if (moved.length) this.show(Object.fromEntries(moved));
    }
  }

  // ---- A link that restores the settings -------------------------------------------------------

  /** The page's address with the settings of this figure and of all others that were moved. */
  get link() {
    const others = figuresHere().filter((figure) => figure !== this);
    const figures = [this, ...others].map(({id, spec, current, defaults}) => ({
      id,
      group: spec.group,
      current,
      defaults,
    }));
    const address = new URL(location.href);
    address.hash = writeHash(worthKeeping(figures));
    return address.href;
  }

  async copyLink() {
    const {link} = this;
    let words = "The address of this page now holds these settings, and so does the clipboard.";
    history.replaceState(history.state, "", link);
    try {
      await navigator.clipboard.writeText(link);
    } catch {
      words = "The address of this page now holds these settings: copy it from the address bar.";
    }
    this.view.say(words);
  }

  // The reader comes to the figure that the address names first.
  followLink() {
    const requests = readHash(location.hash);
    const request = requests.find(({id}) => id === this.id);
    if (!request?.asked.length) return;
    const {settings, sentences} = understand(this.spec.controls, request.asked);
    this.set(settings);
    this.form.unfold(Object.keys(settings));
    const words = sentences.map(({label, words}) => [...typeset(label), words, " "]);
    this.view.say(...words.flat().slice(0, -1));
    if (request === requests[0]) this.scrollIntoView();
  }

  // ---- Computing and drawing -------------------------------------------------------------------

  renew() {
    this.leaves = null;
    clearTimeout(this.resting);
    this.schedule();
  }

  // However many changes arrive before the next frame, one computation and drawing shows the latest.
  schedule() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      if (!(this.view.width > 0)) return;
      if (this.leaves) this.draw(this.leaves, this.settings);
      else this.compute();
    });
  }

  compute() {
    const {computation, settings} = this;
    this.noticed ??= setTimeout(() => this.view.busy(true), NOTICEABLE);
    if (!computation) {
      this.wake();
      return;
    }
    const finished = (act) => (result) => {
      if (!computation.busy) this.endNotice();
      act(result);
    };
    computation.request(
      Object.values(settings),
      finished((leaves) => {
        const latest = Object.keys(settings).every((name) => settings[name] === this.current[name]);
        if (latest) this.leaves = leaves;
        this.draw(leaves, settings);
      }),
      finished((error) => this.fail(error)),
    );
  }

  endNotice() {
    clearTimeout(this.noticed);
    this.noticed = undefined;
    this.view.busy(false);
  }

  draw(leaves, settings) {
    const start = performance.now();
    try {
      this.view.draw(leaves, settings, this.changed);
      this.showFallback(false);
    } catch (error) {
      this.fail(error);
      return;
    }
    clearTimeout(this.resting);
    // A drawing that is out of date, as `leaves` is still to come, is not announced.
    if (this.leaves && !this.heard) this.resting = setTimeout(() => this.speak(), REST);
    const detail = {milliseconds: performance.now() - start, settings};
    this.dispatchEvent(new CustomEvent("geometry-explorer:drawn", {detail, bubbles: true}));
  }

  speak() {
    this.heard = true;
    this.view.speak();
  }

  fail(error) {
    this.view.fail(error);
    this.showFallback(true);
  }

  showFallback(shown) {
    this.fallback.hidden = !shown;
    for (const part of [this.view.pictures, this.view.readouts, this.view.tools]) {
      part.classList.toggle("gx-away", shown);
    }
  }

  replaceByWords(error) {
    const words = `This figure cannot be made interactive: ${error.message}.`;
    this.fallback.after(element("p", {class: "gx-status gx-warning", role: "status"}, words));
  }
}

// ---- The page's address ------------------------------------------------------------------------

/** @type {ReturnType<typeof setTimeout> | undefined} until the address is written again */
let writing;

// An address that holds settings follows them: one that is reloaded or copied later is up to date.
function keepAddress() {
  clearTimeout(writing);
  writing = setTimeout(() => {
    const named = readHash(location.hash).filter(({asked}) => asked.length);
    const first = figuresHere().find(({id}) => id === named[0]?.id);
    if (first) history.replaceState(history.state, "", first.link);
  }, REST);
}

const missing = element("span", {role: "status"});
const close = element("button", {type: "button", "aria-label": "Close"}, "×");
const notice = element("p", {class: "gx-figure gx-notice"}, missing, close);
close.addEventListener("click", () => notice.remove());

// That the page lacks a figure is said over the page: the reader may be anywhere in it.
function sayWhatIsMissing() {
  const figures = figuresHere();
  const ids = figures.map(({id}) => id);
  const names = readHash(location.hash)
    .filter(({id}) => !ids.includes(id))
    .map(({id}) => `“${id.replace("explorer-", "")}”`);
  if (names.length && figures.length) figures[0].after(notice);
  else notice.remove();
  setText(missing, `This page has no figure ${names.join(" and ")}: it may have another name now.`);
}

function followAddress() {
  for (const figure of figuresHere()) figure.followLink();
  sayWhatIsMissing();
}

addEventListener("hashchange", followAddress);
addEventListener("load", sayWhatIsMissing);

function foldCode(code) {
  const summary = element("summary", {}, "Show the code that runs here");
  return element("details", {class: "gx-code"}, summary, element("pre", {tabindex: 0}, code));
}

if (!customElements.get("geometry-explorer")) {
  customElements.define("geometry-explorer", GeometryExplorerElement);
}
