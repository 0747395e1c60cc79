// The modules of page/, bundled by tools/javascript.py.
"use strict";
(() => {
  // lib/figures/page/computing.js
  var QUICK = 8;
  var WARM_UP = 300;
  var PATIENCE = 250;
  var LONGEST = 1e3;
  function startWorker(source) {
    const script = `"use strict";
    const run = (${source});
    let warm = false;
    const warmUp = (args, end) =>
      setTimeout(() => {
        run(...args);
        if (performance.now() < end) warmUp(args, end);
      });
    onmessage = ({data}) => {
      const start = performance.now();
      const leaves = run(...data);
      const buffers = leaves.filter((leaf) => typeof leaf !== "number").map(({buffer}) => buffer);
      const took = performance.now() - start;
      postMessage({leaves, took}, buffers);
      if (!warm && took < ${WARM_UP / 4}) warmUp(data, start + ${WARM_UP});
      warm = true;
    };`;
    const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    const worker = new Worker(address);
    URL.revokeObjectURL(address);
    return worker;
  }
  var Computation = class {
    /** @param {FigureFunction} figureFunction */
    constructor({ source, make }) {
      this.source = source;
      this.make = make;
      this.compiled = null;
      this.worker = null;
      this.took = Infinity;
      this.slow = true;
      this.workerFails = false;
      this.running = null;
      this.waiting = null;
      this.giving = void 0;
      this.patience = PATIENCE;
    }
    /**
     * The leaves at these arguments, computed in the page.
     * @param {number[]} args
     */
    now(args) {
      const start = performance.now();
      const run = this.compiled ?? this.make();
      this.compiled = run;
      const leaves = run(...args);
      this.took = performance.now() - start;
      this.slow ||= this.took >= QUICK;
      return leaves;
    }
    /**
     * Calls done(leaves), at once where the function is quick, or failed(error). A request that is
     * overtaken by a later one is answered only where that takes no more than the patience there is.
     * @param {Request["args"]} args
     * @param {Request["done"]} done
     * @param {Request["failed"]} failed
     */
    request(args, done, failed) {
      const request = { args, done, failed };
      this.waiting = null;
      if (this.running) {
        this.waiting = request;
        const left = this.patience - (performance.now() - this.running.since);
        this.giving ??= setTimeout(() => this.giveUp(), left);
      } else if (!this.slow || this.workerFails) {
        this.here(request);
      } else {
        this.elsewhere(request);
      }
    }
    /** @param {Request} request */
    here({ args, done, failed }) {
      let leaves;
      try {
        leaves = this.now(args);
      } catch (error) {
        failed(
          /** @type {Error} */
          error
        );
        return;
      }
      done(leaves);
    }
    /** @param {Request} request */
    elsewhere(request) {
      try {
        this.worker ??= startWorker(this.source);
      } catch {
        this.workerFails = true;
        this.here(request);
        return;
      }
      const since = performance.now();
      this.running = { ...request, since };
      const answered = (answer) => {
        this.release();
        answer();
        if (this.waiting && !this.running) this.startLatest();
      };
      this.worker.onmessage = ({ data }) => {
        const first = this.took === Infinity;
        this.took = data.took;
        const elapsed = performance.now() - since;
        this.patience = Math.min(Math.max(PATIENCE, 2 * elapsed), LONGEST);
        if (first && this.took < QUICK) {
          this.slow = false;
          this.stop();
        }
        answered(() => request.done(data.leaves));
      };
      this.worker.onerror = (event) => {
        event.preventDefault();
        this.stop();
        this.workerFails = !event.message;
        answered(
          () => this.workerFails ? this.here(request) : request.failed(new Error(event.message))
        );
      };
      this.worker.postMessage(request.args);
    }
    // The request that runs is never answered. The next one starts in a new worker, which is slow at
    // first: it gets more time, or a drag over a slow figure would never come to a drawing.
    giveUp() {
      this.patience *= 2;
      this.stop();
      this.release();
      this.startLatest();
    }
    release() {
      clearTimeout(this.giving);
      this.giving = void 0;
      this.running = null;
    }
    startLatest() {
      if (this.waiting) this.request(this.waiting.args, this.waiting.done, this.waiting.failed);
    }
    /** Whether an answer is still to come. */
    get busy() {
      return Boolean(this.running ?? this.waiting);
    }
    stop() {
      this.worker?.terminate();
      this.worker = null;
    }
  };

  // lib/figures/page/elements.js
  function element(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null && value !== void 0 && value !== false)
        node.setAttribute(name, String(value));
    }
    node.append(...children.filter((child) => child !== null));
    return node;
  }
  function captionOf(caption) {
    const [claim, rest] = caption.split(/(?<=[.?!]) (.*)/s);
    return [element("b", { class: "gx-claim" }, claim), rest ? ` ${rest}` : ""];
  }
  function part(node, selector) {
    const found = node.querySelector(selector);
    if (!found) throw new Error(`there is no ${selector} in the figure`);
    return (
      /** @type {HTMLElement} */
      found
    );
  }
  function setText(node, ...parts) {
    const texts = parts.map((part2) => typeof part2 === "string" ? part2 : part2.textContent);
    if (node.textContent !== texts.join("")) node.replaceChildren(...parts.filter(Boolean));
  }
  var clamp = (value, low, high) => Math.min(high, Math.max(low, value));
  var asArray = (leaf) => typeof leaf === "number" ? [leaf] : leaf;
  function plotLibrary() {
    if (!globalThis.Plot) throw new Error("the plotting library did not load");
    return globalThis.Plot;
  }

  // lib/figures/page/words.js
  var THIN = " ";
  var LONGEST2 = 1e15;
  var FORMAT = /^(\+?)(?:\.(\d+)([gef%])|d)$/;
  var RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻";
  var SCRIPT = /(?<=\S)([_^])(?:\{([^{}]*)\}|([\p{L}\p{N}]+))/gu;
  var LOWERED = ["0123456789+-−=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ"];
  var LIFTED = ["0123456789+-−=()in", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁱⁿ"];
  var dropZeros = (text) => text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  function fixed(size, decimals) {
    const [whole, rest] = size.toFixed(decimals).split(".");
    const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, THIN) : whole;
    return rest ? `${grouped}.${rest}` : grouped;
  }
  function power(size, decimals, trailing = false) {
    const [digits, exponent] = size.toExponential(decimals).split("e");
    const factor = trailing ? digits : dropZeros(digits);
    if (Number(exponent) === 0) return factor;
    const raised = String(Number(exponent)).replace(/./g, (c) => RAISED["0123456789-".indexOf(c)]);
    return factor === "1" ? `10${raised}` : `${factor}${THIN}×${THIN}10${raised}`;
  }
  function unsigned(size, kind, digits) {
    if ("f%".includes(kind) && size >= LONGEST2) return unsigned(size, "g", 3);
    if (kind === "e") return power(size, digits, true);
    if (kind === "%") return `${fixed(100 * size, digits)}${THIN}%`;
    if (kind === "f") return fixed(size, digits);
    const last = Math.max(digits, 1) - 1;
    const exponent = Number(size.toExponential(last).split("e")[1]);
    const short = exponent >= -3 && exponent < 5;
    return short ? dropZeros(fixed(size, Math.max(0, last - exponent))) : power(size, last);
  }
  function formatNumber(value, format = ".3g") {
    if (Number.isNaN(value)) return "not a number";
    const match = FORMAT.exec(format);
    if (!match) throw new Error(`there is no format "${format}"`);
    const [, plus, digits = "0", kind = "f"] = match;
    const size = Math.abs(value);
    const written = Number.isFinite(value) ? unsigned(size, kind, Number(digits)) : "∞";
    if (value < 0 && /[1-9∞]/.test(written)) return `−${written}`;
    return plus + written;
  }
  function formatPower(value) {
    const size = Math.abs(value);
    if (size === 0 || size >= 1 && size < 100) return formatNumber(value);
    return `${value < 0 ? "−" : ""}${power(size, 2)}`;
  }
  var UNRAISED = /(?:^|×)10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)$/;
  function parseNumber(text) {
    const close2 = text.trim().replace(/[\u202f\u2009]/g, "").replace(/\s*×\s*/, "×");
    const plain2 = close2.replace("−", "-").replace(",", ".");
    const digits = plain2.replace(UNRAISED, (whole, raised) => {
      const exponent = raised.replace(/./g, (c) => "0123456789-"[RAISED.indexOf(c)]);
      return `${whole.startsWith("×") ? "" : "1"}e${exponent}`;
    });
    return digits === "" ? NaN : Number(digits);
  }
  function pieces(label) {
    const found = [];
    let end = 0;
    for (const match of label.matchAll(SCRIPT)) {
      found.push(["", label.slice(end, match.index)], [match[1], match[2] ?? match[3]]);
      end = match.index + match[0].length;
    }
    return [...found, ["", label.slice(end)]].filter(([, text]) => text);
  }
  function typeset(label) {
    const tags = { _: "sub", "^": "sup" };
    return pieces(label).map(([mark, text]) => mark ? element(tags[mark], {}, text) : text);
  }
  function plain(label) {
    const small = (mark, text) => {
      const [from, to] = mark === "_" ? LOWERED : LIFTED;
      const known = mark && [...text].every((sign) => from.includes(sign));
      return known ? [...text].map((sign) => [...to][[...from].indexOf(sign)]).join("") : text;
    };
    return pieces(label).map(([mark, text]) => small(mark, text)).join("");
  }
  var SVG = "http://www.w3.org/2000/svg";
  var SMALL = 0.75;
  var SHIFT = { _: 0.25, "^": -0.4 };
  function tspans(label) {
    let moved2 = 0;
    return pieces(label).map(([mark, text]) => {
      const node = document.createElementNS(SVG, "tspan");
      const wanted = mark ? SHIFT[mark] : 0;
      const size = mark ? SMALL : 1;
      if (mark) node.setAttribute("font-size", `${100 * SMALL}%`);
      if (wanted !== moved2) node.setAttribute("dy", `${((wanted - moved2) / size).toFixed(3)}em`);
      moved2 = wanted;
      node.textContent = text;
      return node;
    });
  }
  function typesetDrawing(drawing) {
    for (const node of drawing.querySelectorAll("text, tspan")) {
      const label = node.textContent;
      if (node.firstElementChild || !/[_^]/.test(label)) continue;
      node.replaceChildren(...tspans(label));
    }
  }
  function longNumbers([low, high], count) {
    const step = Math.abs(high - low) / count;
    return step < 2e-4 || Math.max(Math.abs(low), Math.abs(high)) >= 1e5;
  }
  function evenTicks(low, high) {
    const size = 10 ** Math.floor(Math.log10(high - low));
    for (const factor of [5, 2, 1, 0.5, 0.2, 0.1]) {
      const step = size * factor;
      const first = Math.ceil(low / step - 1e-9);
      const count = Math.floor(high / step + 1e-9) - first + 1;
      if (count >= 3) {
        return Array.from({ length: count }, (_, k) => Number(((first + k) * step).toPrecision(12)));
      }
    }
    return [];
  }
  function logTicks([low, high]) {
    const first = Math.ceil(Math.log10(low) - 1e-9);
    const last = Math.floor(Math.log10(high) + 1e-9);
    const stride = Math.max(1, Math.ceil((last - first + 1) / 6));
    const ticks = [];
    for (let exponent = first - 1; exponent <= last; exponent += 1) {
      if (last - first < 1) ticks.push(...[1, 2, 5].map((digit) => digit * 10 ** exponent));
      else if (exponent >= first && (exponent - first) % stride === 0) ticks.push(10 ** exponent);
    }
    const inside = ticks.filter((tick) => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9));
    return inside.length < 2 && low < high ? evenTicks(low, high) : inside;
  }

  // lib/figures/page/controls.js
  var SMALL2 = 1e-3;
  var FIELD = 6;
  var TRIED = 300;
  var STILL = 500;
  var SCALES = {
    linear: [(value) => value, (at) => at],
    log: [Math.log10, (at) => 10 ** at],
    log2: [Math.log2, (at) => 2 ** at]
  };
  function valueAt(control, place) {
    const { min, max, scale, step, places, origin, digits } = control;
    if (!(place > 0)) return min;
    if (place >= places) return max;
    if (place === origin) return control.default;
    const [forth, back] = SCALES[scale];
    const there = forth(control.default) + (place - origin) * step;
    const zero = Math.abs(there) < 1e-9 * step;
    return Number(back(zero ? 0 : there).toPrecision(digits));
  }
  function placeOf(control, value) {
    const { min, max, scale, step, places, origin } = control;
    if (!(value > min)) return 0;
    if (value >= max) return places;
    const [forth] = SCALES[scale];
    return origin + (forth(value) - forth(control.default)) / step;
  }
  function nearest(control, value, steps = 0) {
    return valueAt(control, Math.round(placeOf(control, value)) + steps);
  }
  function admissible(control, asked) {
    if (!Number.isFinite(asked)) return { value: null, note: "is not a number" };
    if (control.kind === "choice") {
      const last = control.options.length - 1;
      const value2 = clamp(Math.round(asked), 0, last);
      return { value: value2, note: value2 === asked ? "" : `is not a choice, 0 to ${last}` };
    }
    const show = (value2) => formatNumber(value2, control.format);
    const within = clamp(asked, control.min, control.max);
    if (within !== asked) {
      return { value: within, note: `is outside ${show(control.min)} to ${show(control.max)}` };
    }
    const whole = control.format === "d" ? Math.round(asked) : asked;
    const value = control.scale === "log2" ? 2 ** Math.round(Math.log2(asked)) : whole;
    const kind = control.scale === "log2" ? "a power of two" : "a whole number";
    return { value, note: value === asked ? "" : `is not ${kind}` };
  }
  function valueText(control, value) {
    if (control.kind === "choice") return plain(control.options[value]);
    const digits = Number(value.toPrecision(12));
    const small = value !== 0 && Math.abs(value) < SMALL2;
    const formatted = formatNumber(value, control.format);
    if (!small) return parseNumber(formatted) === value ? formatted : String(digits);
    return digits.toExponential().replace(/^-/, "−");
  }
  function settingText(control, value) {
    const unit = control.kind === "choice" ? "" : control.unit;
    return `${control.symbol || control.label} = ${valueText(control, value)}${unit}`;
  }
  function settingsText(controls, settings) {
    return controls.map((control) => settingText(control, settings[control.name])).join(", ");
  }
  function moved(controls, settings) {
    return controls.filter((control) => settings[control.name] !== control.default);
  }
  function playButton(control, duration, read, write) {
    const button = element("button", { type: "button", class: "gx-button gx-play" });
    const { places } = control;
    let frame = null;
    let last = 0;
    let place = 0;
    const label = () => {
      setText(button, frame === null ? "▶" : "❚❚");
      button.setAttribute("aria-label", `${frame === null ? "Play" : "Pause"}: ${control.label}`);
    };
    const pause = () => {
      if (frame !== null) cancelAnimationFrame(frame);
      frame = null;
      label();
    };
    const advance = (now) => {
      const pace = matchMedia("(prefers-reduced-motion: reduce)").matches ? STILL : 0;
      if (now - last >= pace) {
        place = Math.min(places, place + places * (now - last) / duration);
        last = now;
        const value = valueAt(control, Math.round(place));
        if (value !== read()) write(value);
      }
      if (place >= places) pause();
      else frame = requestAnimationFrame(advance);
    };
    button.addEventListener("click", () => {
      if (frame !== null) return pause();
      last = performance.now();
      place = placeOf(control, read());
      if (place >= places) place = 0;
      frame = requestAnimationFrame(advance);
      label();
    });
    label();
    return { button, pause };
  }
  function controlLabel(control, id) {
    const { symbol: sign, label } = control;
    const symbol = sign ? element("i", { class: "gx-symbol" }, ...typeset(sign)) : null;
    const name = element("span", {}, ...typeset(label));
    return element("label", { for: id, class: "gx-label" }, symbol, symbol && " ", name);
  }
  function widest(control) {
    if (control.kind === "seed") return String(control.max).length;
    const stride = Math.ceil(control.places / TRIED);
    let most = FIELD;
    for (let place = 0; place <= control.places; place += stride) {
      most = Math.max(most, valueText(control, valueAt(control, place)).length);
    }
    return most;
  }
  function numberField(control, id, attributes, take) {
    const field = element("input", {
      type: "text",
      inputmode: "decimal",
      autocomplete: "off",
      spellcheck: "false",
      class: "gx-field",
      "aria-describedby": `${id}-note`,
      ...attributes
    });
    const note = element("p", { class: "gx-note", id: `${id}-note`, role: "status" });
    let current = control.default;
    let characters = widest(control);
    const show = (value) => {
      current = value;
      field.value = valueText(control, value);
      characters = Math.max(characters, field.value.length);
      field.style.setProperty("--gx-characters", String(characters));
      setText(note, "");
    };
    field.addEventListener("change", () => {
      const typed = field.value;
      const { value, note: reason } = admissible(control, parseNumber(typed));
      if (value === null) show(current);
      else take(value);
      if (reason) setText(note, `“${typed}” ${reason}: ${field.value} is used.`);
    });
    return { field, note, show };
  }
  function leaveToScrolling(slider, read, write) {
    let before = 0;
    slider.addEventListener("pointerdown", () => {
      before = read();
    });
    slider.addEventListener("pointercancel", () => {
      if (read() !== before) write(before);
    });
  }
  function numberControl(control, id, onChange) {
    const slider = element("input", {
      type: "range",
      id,
      class: "gx-slider",
      min: 0,
      max: control.places,
      step: 1
    });
    let current = control.default;
    const taken = (value) => {
      show(value);
      onChange(value);
    };
    const label = `${control.label}, type a value`;
    const typed = numberField(control, id, { "aria-label": label }, taken);
    const state = (value) => {
      current = value;
      typed.show(value);
      slider.setAttribute("aria-valuetext", plain(settingText(control, value)));
    };
    const put = (value) => {
      slider.value = String(placeOf(control, value));
      state(value);
    };
    const played = (value) => {
      put(value);
      onChange(value);
    };
    const play = control.play ? playButton(control, control.play, () => current, played) : null;
    const show = (value) => {
      play?.pause();
      put(value);
    };
    slider.addEventListener("input", () => {
      play?.pause();
      state(valueAt(control, slider.valueAsNumber));
      onChange(current);
    });
    leaveToScrolling(slider, () => current, taken);
    put(control.default);
    const { field, note } = typed;
    const row = element("div", { class: "gx-control" }, controlLabel(control, id), slider, field, note);
    if (play) {
      row.classList.add("gx-played");
      slider.before(play.button);
    }
    return { row, show };
  }
  function seedControl(control, id, onChange) {
    const button = element("button", { type: "button", class: "gx-button gx-noise" }, "⟳ New noise");
    let current = control.default;
    const show = (value) => {
      current = value;
      typed.show(value);
    };
    const taken = (value) => {
      show(value);
      onChange(value);
    };
    const typed = numberField(control, id, { id }, taken);
    button.addEventListener("click", () => {
      taken(current < control.max ? current + 1 : control.min);
    });
    show(control.default);
    const { field, note } = typed;
    const row = element(
      "div",
      { class: "gx-control gx-seed" },
      button,
      controlLabel(control, id),
      field,
      note
    );
    return { row, show };
  }
  function choiceControl(control, id, onChange) {
    const options = control.options.map((text, i) => element("option", { value: i }, plain(text)));
    const select = element("select", { id, class: "gx-choice" }, ...options);
    const show = (value) => {
      select.value = String(value);
    };
    select.addEventListener("input", () => onChange(Number(select.value)));
    show(control.default);
    return { row: element("div", { class: "gx-control" }, controlLabel(control, id), select), show };
  }
  function buildControl(control, id, onChange) {
    if (control.kind === "choice") return choiceControl(control, id, onChange);
    return (control.kind === "seed" ? seedControl : numberControl)(control, id, onChange);
  }

  // lib/figures/page/form.js
  var OPEN = 4;
  var BESIDE = 2;
  var forms = 0;
  function buildFold(controls, rows) {
    const words = element("span", { class: "gx-folded" });
    const summary = element("summary", {}, `More settings (${rows.length})`, words);
    const node = element(
      "details",
      { class: "gx-more" },
      summary,
      element("div", { class: "gx-more-rows" }, ...rows)
    );
    const tell = (settings) => {
      const others = moved(controls, settings);
      setText(words, others.length ? ": " : "", ...typeset(settingsText(others, settings)));
    };
    return { node: rows.length ? node : null, tell };
  }
  function buildForm(spec, took, reset) {
    forms += 1;
    const controls = {};
    const settings = {};
    for (const control of spec.controls) {
      const id = `gx-${forms}-${control.name}`;
      settings[control.name] = control.default;
      controls[control.name] = buildControl(control, id, (value) => {
        note({ [control.name]: value });
        took({ [control.name]: value });
      });
    }
    const rows = Object.values(controls).map(({ row }) => row);
    const button = element("button", { type: "button", class: "gx-button gx-reset" }, "↺ Reset");
    button.addEventListener("click", reset);
    const group = { class: "gx-controls", role: "group", "aria-label": `Settings of ${spec.name}` };
    const hidden = spec.controls.slice(OPEN);
    const fold = buildFold(hidden, rows.slice(OPEN));
    const node = element("div", group, ...rows.slice(0, OPEN), fold.node, button);
    const note = (now) => fold.tell(Object.assign(settings, now));
    const show = (now) => {
      for (const [name, value] of Object.entries(now)) controls[name].show(value);
      note(now);
    };
    const unfold = (names) => {
      if (fold.node && moved(hidden, settings).some(({ name }) => names.includes(name)))
        fold.node.open = true;
    };
    return { node, show, unfold };
  }
  function arrange(figure, view, form) {
    figure.append(...view.nodes);
    view.tools.before(form);
    figure.classList.toggle("gx-below", view.units > BESIDE);
    measure(figure, view.pictures, "--gx-pictures-height");
    measure(figure, view.readouts, "--gx-readouts-height");
  }
  function measure(figure, part2, property) {
    new ResizeObserver(([entry]) => {
      figure.style.setProperty(property, `${entry.borderBoxSize[0].blockSize}px`);
    }).observe(part2);
  }

  // lib/figures/page/functions.js
  async function functionOf(holder) {
    const { src } = holder.dataset;
    if (src) return fromFile(src);
    const source = holder.textContent.trim();
    return { source, make: () => new Function(`"use strict"; return (
${source}
);`)() };
  }
  function fromFile(src) {
    return new Promise((resolve, reject) => {
      const script = element("script", { src });
      const arrived = () => {
        script.remove();
        const make = globalThis.GeometryExplorer.brought;
        globalThis.GeometryExplorer.brought = null;
        if (make) resolve({ source: make.toString().replace("() => ", ""), make });
        else reject(new Error("the file of its function did not load"));
      };
      script.addEventListener("load", arrived);
      script.addEventListener("error", arrived);
      document.head.append(script);
    });
  }

  // lib/figures/page/links.js
  var PREFIX = "explorer-";
  function decoded(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }
  function readHash(hash) {
    const parts = hash.replace(/^#/, "").split(";");
    const requests = parts.map((part2) => {
      const [id, ...settings] = part2.split("?");
      return { id: decoded(id), asked: [...new URLSearchParams(settings.join("?"))] };
    });
    return requests.filter(({ id }) => id.startsWith(PREFIX));
  }
  function writeHash(figures) {
    const parts = figures.map(({ id, settings }) => {
      const texts = Object.entries(settings).map(([name, value]) => [name, String(value)]);
      return `${encodeURIComponent(id)}?${new URLSearchParams(texts)}`;
    });
    return parts.join(";");
  }
  function understand(controls, asked) {
    const settings = {};
    const sentences = [];
    for (const [name, text] of asked) {
      const control = controls.find((candidate) => candidate.name === name);
      if (!control) {
        sentences.push({ label: "", words: `This figure has no setting “${name}”.` });
        continue;
      }
      const { value, note } = admissible(control, parseNumber(text));
      if (value !== null) settings[name] = value;
      const used = value === null ? "it is left out" : `${valueText(control, value)} is used`;
      const words = ` = ${text} ${note}; ${used}.`;
      if (note) sentences.push({ label: control.symbol || control.label, words });
    }
    return { settings, sentences };
  }
  function worthKeeping(figures) {
    const held = {};
    const kept = [];
    for (const [n, { id, group, current, defaults }] of figures.entries()) {
      const known = held[group] ?? {};
      const others = Object.entries(current).filter(([name]) => n === 0 || !(name in known));
      if (n > 0 && others.every(([name, value]) => value === defaults[name])) continue;
      kept.push({ id, settings: Object.fromEntries(others) });
      held[group] = { ...known, ...current };
    }
    return kept;
  }

  // lib/figures/page/palette.json
  var palette_default = {
    light: {
      ink: "#1f2328",
      muted: "#57606a",
      blue: "#0072b2",
      vermillion: "#d55e00",
      green: "#008f68",
      purple: "#b8609a",
      orange: "#b97d00",
      sky: "#2f8fc9"
    },
    dark: {
      ink: "#e6e8eb",
      muted: "#a4abb3",
      blue: "#4aa8e0",
      vermillion: "#ff8a3d",
      green: "#2cc295",
      purple: "#e39ac4",
      orange: "#f0b429",
      sky: "#8fd0f7"
    }
  };

  // lib/figures/page/pictures.js
  var HUGE = 1e300;
  function positions(values, axis, length = values.length) {
    const log = axis.scale === "log";
    const [low, high] = axis.domain ?? [null, null];
    const fixed2 = low !== null && high !== null;
    const far = 1e3 * Math.abs(high - low);
    const nearest2 = log ? Math.min(low, high) * 1e-30 : Math.min(low, high) - far;
    const farthest = log ? Math.max(low, high) * 1e30 : Math.max(low, high) + far;
    const out = new Float64Array(length);
    for (let i = 0; i < length; i += 1) {
      const value = values[i % values.length];
      const drawable = Math.abs(value) < HUGE && (value > 0 || !log);
      out[i] = !drawable ? NaN : fixed2 ? clamp(value, nearest2, farthest) : value;
    }
    return out;
  }
  function separateRows(values, rowLength) {
    const rows = values.length / rowLength;
    const out = new Float64Array(values.length + rows - 1).fill(NaN);
    for (let row = 0; row < rows; row += 1) {
      out.set(values.subarray(row * rowLength, (row + 1) * rowLength), row * (rowLength + 1));
    }
    return out;
  }
  function readMark(mark, picture, leaves, shapes) {
    if (mark.type === "heatmap") {
      const [rows, columns2] = shapes[mark.z];
      return { x: mark.x, y: mark.y, z: asArray(leaves[mark.z]), rows, columns: columns2 };
    }
    const used = ["x", "y", "dx", "dy"].filter((key) => Number.isInteger(mark[key]));
    const text = mark.type === "text";
    const read = Object.fromEntries(
      used.filter((key) => !text || key.length === 1).map((key) => [key, asArray(leaves[mark[key]])])
    );
    if (mark.type === "rule") {
      return {
        x: read.x ? positions(read.x, picture.x) : [],
        y: read.y ? positions(read.y, picture.y) : []
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
    if (mark.type !== "arrows") return { x, y };
    const end = (start, step, axis) => positions(
      start.map((s, i) => s + step[i % step.length]),
      axis
    );
    return { x, y, x2: end(x, read.dx, picture.x), y2: end(y, read.dy, picture.y) };
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
  var GROWTH = 10;
  var ROOM = 0.04;
  var onScale = (scale) => scale === "log" ? [Math.log10, (at) => 10 ** at] : [(value) => value, (at) => at];
  function axisDomain({ domain, grows, scale }, arrays, held = { start: domain, ends: domain }) {
    if (!grows.includes(true)) return held;
    const [forth, back] = onScale(scale);
    const [low, high] = held.start.map(forth);
    const length = high - low;
    const [from, to] = extent(arrays).map((end) => Number.isFinite(end) ? forth(end) : NaN);
    const ends = held.ends.map(forth);
    if (grows[0] && from < ends[0]) ends[0] = Math.max(from - 0.2 * length, low - GROWTH * length);
    if (grows[1] && to > ends[1]) ends[1] = Math.min(to + 0.2 * length, high + GROWTH * length);
    const moved2 = ends.map((end, i) => end === forth(held.ends[i]) ? held.ends[i] : back(end));
    return { start: held.start, ends: moved2 };
  }
  function axisAfresh({ domain, grows, scale }, arrays, around = ROOM) {
    const [forth, back] = onScale(scale);
    const [from, to] = extent(arrays).map((end) => Number.isFinite(end) ? forth(end) : NaN);
    const room = around * (to - from);
    const fitted = [back(from - room), back(to + room)];
    const usable = to > from && fitted.every(Number.isFinite);
    const start = domain.map((end, i) => grows[i] && usable ? fitted[i] : end);
    return { start, ends: start };
  }
  function equalize([x0, x1], [y0, y1], width, height) {
    const unit = Math.max(Math.abs(x1 - x0) / width, Math.abs(y1 - y0) / height);
    const widen = (a, b, pixels) => {
      const extra = (unit * pixels - Math.abs(b - a)) / 2 * Math.sign(b - a || 1);
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
  function axisOptions(axis, domain, pixels, spacing, label) {
    const options = { type: axis.scale === "log" ? "log" : "linear", domain, grid: true, label };
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
      else if (Math.max(...domain.map(Math.abs)) >= 1e3) {
        options.tickFormat = (value) => formatNumber(value, ".12g");
      }
    }
    return options;
  }
  var color = (mark) => `var(--gx-${mark.color})`;
  var wordColor = (mark) => `color-mix(in srgb, ${color(mark)} 60%, var(--gx-ink))`;
  function stroke(mark) {
    const dash = mark.dash ? "6 4" : void 0;
    return { stroke: color(mark), strokeWidth: mark.width ?? 1.5, strokeDasharray: dash };
  }
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
  var PALETTES = {
    ink: { fill: () => "black", opacity: (t) => t },
    diverging: {
      fill: (t) => t < 0.5 ? palette_default.light.blue : palette_default.light.vermillion,
      opacity: (t) => Math.abs(2 * t - 1)
    },
    sequential: { fill: (t) => cividis(t), opacity: () => 1 }
  };
  var SHADES = 256;
  var shadeTables = {};
  var cividisScale = null;
  function cividis(t) {
    cividisScale ??= plotLibrary().plot({ color: { scheme: "cividis", domain: [0, 1] } }).scale("color");
    return cividisScale.apply(t);
  }
  function paletteShades(name) {
    const { fill, opacity } = PALETTES[name];
    const steps = Array.from({ length: SHADES }, (_, i) => i / (SHADES - 1));
    shadeTables[name] ??= { fills: steps.map(fill), opacities: steps.map(opacity) };
    return shadeTables[name];
  }
  function heatmapRange(mark, z) {
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
    const { fills, opacities } = paletteShades(mark.palette);
    const shade = (z) => Math.round(clamp((z - low) / (high - low || 1), 0, 1) * (SHADES - 1));
    return Plot.raster(at.z, {
      width: at.columns,
      height: at.rows,
      x: null,
      // cells fill the picture evenly: they are not put where a logarithmic scale has them
      y: null,
      x1: at.x[0],
      x2: at.x[1],
      y1: at.y[0],
      y2: at.y[1],
      fill: { value: Array.from(at.z, (z) => fills[shade(z)] ?? "black"), scale: null },
      fillOpacity: { value: Array.from(at.z, (z) => opacities[shade(z)] ?? 0), scale: null },
      imageRendering: "pixelated",
      className: `gx-palette-${mark.palette}`
    });
  }
  var MARKS = {
    line: (Plot, mark, at) => Plot.line(at.x, { x: at.x, y: at.y, ...stroke(mark) }),
    points: (Plot, mark, at, inside = (_x, _y) => true) => {
      const cross = mark.symbol === "cross";
      const outline = { stroke: color(mark), strokeWidth: 1.8 };
      const paint = mark.filled && !cross ? { fill: color(mark) } : outline;
      return Plot.dot(at.x, {
        x: at.x,
        y: at.y,
        r: mark.size / 2,
        symbol: cross ? "times" : mark.symbol,
        ...paint,
        filter: (_, i) => inside(at.x[i], at.y[i]),
        // whole symbols at the frame, none beyond it
        clip: false
      });
    },
    arrows: (Plot, mark, at) => Plot.arrow(at.x, {
      x1: at.x,
      y1: at.y,
      x2: at.x2,
      y2: at.y2,
      headAngle: 50,
      headLength: 7,
      ...stroke(mark),
      render: mark.dash ? keepArrowHeadsSolid : void 0
    }),
    heatmap,
    rule: (Plot, mark, at) => [
      Plot.ruleX(at.x, { x: at.x, ...stroke(mark) }),
      Plot.ruleY(at.y, { y: at.y, ...stroke(mark) })
    ]
  };
  var LETTER = 6.5;
  var APART = 15;
  var namedLines = ({ named_at_ends: atEnds, marks }) => atEnds ? marks.filter(({ type, label }) => type === "line" && label) : [];
  function nameEnds(svg2, lines, right, [top, bottom]) {
    const y = svg2.scale("y");
    const ends = lines.map(({ mark, at }) => {
      const last = at.y.findLastIndex((value, i) => !Number.isNaN(value) && !Number.isNaN(at.x[i]));
      const place = last < 0 ? NaN : clamp(y.apply(at.y[last]), top + 6, bottom - 4);
      return { mark, place };
    });
    const shown = ends.filter(({ place }) => !Number.isNaN(place)).sort((a, b) => a.place - b.place);
    shown.forEach((end, i) => {
      if (i > 0) end.place = Math.max(end.place, shown[i - 1].place + APART);
    });
    for (let i = shown.length - 1, limit = bottom - 2; i >= 0; i -= 1, limit -= APART) {
      limit = Math.min(limit, shown[i].place);
      shown[i].place = limit;
    }
    for (const { mark, place } of shown) {
      const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
      const look = {
        x: right + 6,
        y: place + 4,
        fill: wordColor(mark),
        "text-anchor": "start"
      };
      for (const [name, value] of Object.entries(look)) text.setAttribute(name, String(value));
      text.append(...tspans(mark.label));
      svg2.append(text);
    }
  }
  function placeWords(svg2, words, frame, inside) {
    const [x, y] = [svg2.scale("x"), svg2.scale("y")];
    const taken = [];
    for (const { mark, at } of words) {
      if (!inside(at.x[0], at.y[0])) continue;
      const width = mark.text.replace(/[_^{}]/g, "").length * LETTER;
      const before = { start: 0, middle: width / 2, end: width }[mark.anchor];
      const first = x.apply(at.x[0]) + mark.dx - before;
      const left = clamp(first, frame.left + 3, Math.max(frame.left + 3, frame.right - width - 3));
      const wanted = clamp(y.apply(at.y[0]) + mark.dy, frame.top + 8, frame.bottom - 8);
      const near = taken.filter((other) => left < other.right && other.left < left + width);
      const places = [wanted, ...near.flatMap(({ middle: middle2 }) => [middle2 - APART, middle2 + APART])].filter((place) => place >= frame.top + 8 && place <= frame.bottom - 8).filter((place) => near.every(({ middle: middle2 }) => Math.abs(place - middle2) >= APART - 0.01)).sort((one, other) => Math.abs(one - wanted) - Math.abs(other - wanted));
      const middle = places[0] ?? wanted;
      taken.push({ left, right: left + width, middle });
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
        "text-anchor": mark.anchor
      };
      const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
      for (const [name, value] of Object.entries(look)) text.setAttribute(name, String(value));
      text.append(mark.text);
      svg2.append(text);
    }
  }
  function marginsOf(picture, width) {
    const { x, y } = picture;
    const longest = Math.max(0, ...(y.ticks ?? []).map((tick) => tick.length));
    const bare = y.ticks?.length === 0;
    const names = namedLines(picture).map(({ label }) => label.replace(/[_^{}]/g, "").length);
    const ends = names.length ? Math.min(14 + Math.max(...names) * LETTER, width / 2.5) : 0;
    const right = bare ? 2 : Math.max(14, ends);
    const left = bare ? 2 : y.ticks ? 14 + Math.min(longest * LETTER, width / 3) : 56;
    const inner = width - left - right;
    const xLines = wrapLabel(x.label, inner);
    const yLines = wrapLabel(y.label, width - 10);
    const ticks = (x.ticks ?? []).map((tick) => tick.length * LETTER);
    const slanted = ticks.length * Math.max(0, ...ticks) > inner;
    const tickHeight = slanted ? 12 + Math.max(...ticks) * 0.6 : ticks.length || !x.ticks ? 26 : 8;
    const labelHeight = (lines) => lines[0] ? lines.length * 14 + 4 : 0;
    return {
      margins: {
        marginLeft: left,
        marginRight: right,
        marginTop: labelHeight(yLines) + 10,
        marginBottom: tickHeight + labelHeight(xLines)
      },
      labels: [xLines, yLines].map((lines) => lines[0] ? lines.join("\n") : null),
      tickRotate: slanted ? -40 : 0,
      innerWidth: inner
    };
  }
  function drawPicture(picture, leaves, shapes, width, ariaLabel, held, afresh) {
    const Plot = plotLibrary();
    const layers = picture.marks.map((mark) => ({ mark, at: readMark(mark, picture, leaves, shapes) }));
    const around = picture.marks.some(({ type }) => type === "heatmap") ? 0 : ROOM;
    for (const key of ["x", "y"]) {
      const arrays = layers.flatMap(({ at }) => [at[key], at[`${key}2`] ?? []]);
      if (afresh) held[key] = axisAfresh(picture[key], arrays, around);
      else held[key] = axisDomain(picture[key], arrays, held[key]);
    }
    let [xDomain, yDomain] = [held.x.ends, held.y.ends];
    const { margins, labels, tickRotate, innerWidth } = marginsOf(picture, width);
    let innerHeight = Math.round(clamp(innerWidth * 0.8, 220, 380));
    if (picture.aspect === "equal") {
      const [x, y] = [picture.x, picture.y].map(({ domain: [from, to] }) => Math.abs(to - from));
      innerHeight = Math.round(innerWidth * clamp(y / x, 0.3, 1.2));
      [xDomain, yDomain] = equalize(xDomain, yDomain, innerWidth, innerHeight);
    }
    const inside = (x, y) => (x - xDomain[0]) * (x - xDomain[1]) <= 0 && (y - yDomain[0]) * (y - yDomain[1]) <= 0;
    const svg2 = Plot.plot({
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
        tickSize: 4
      },
      y: {
        ...axisOptions(picture.y, yDomain, innerHeight, 60, labels[1]),
        labelAnchor: "top",
        labelArrow: "none",
        tickSize: 4
      },
      marks: [
        Plot.frame({ stroke: "currentColor", strokeOpacity: 0.35 }),
        ...layers.map(({ mark, at }) => MARKS[mark.type]?.(Plot, mark, at, inside))
      ]
    });
    svg2.querySelector("style").remove();
    svg2.setAttribute("role", "img");
    for (const part2 of svg2.querySelectorAll("[aria-label]")) part2.removeAttribute("aria-label");
    const lines = namedLines(picture);
    const ended = layers.filter(({ mark }) => lines.includes(mark));
    const frame = {
      left: margins.marginLeft,
      right: width - margins.marginRight,
      top: margins.marginTop,
      bottom: margins.marginTop + innerHeight
    };
    nameEnds(svg2, ended, frame.right, [frame.top, frame.bottom]);
    const words = layers.filter(({ mark }) => mark.type === "text");
    placeWords(svg2, words, frame, inside);
    typesetDrawing(svg2);
    return svg2;
  }
  function swatch(mark) {
    if (mark.type === "heatmap") return element("span", { class: `gx-ramp gx-ramp-${mark.palette}` });
    const Plot = plotLibrary();
    const type = mark.type === "rule" ? "line" : mark.type;
    const at = type === "points" ? { x: [0.5], y: [0.5] } : { x: [0, 1], y: [0.5, 0.5] };
    const arrow = { x: [0], y: [0.5], x2: [1], y2: [0.5] };
    const svg2 = Plot.plot({
      className: "gx-plot",
      width: 34,
      height: 14,
      margin: 3,
      axis: null,
      x: { domain: [0, 1] },
      y: { domain: [0, 1] },
      marks: [MARKS[type](Plot, mark, type === "arrows" ? arrow : at)]
    });
    svg2.querySelector("style").remove();
    svg2.setAttribute("aria-hidden", "true");
    return svg2;
  }
  function legendMarks(picture) {
    const atEnds = namedLines(picture);
    return picture.marks.filter((mark) => mark.label && !atEnds.includes(mark));
  }
  function buildLegend(picture) {
    const named = legendMarks(picture);
    if (!named.length) return null;
    const entries = named.map((mark) => {
      const range = mark.type === "heatmap" ? element("span", { class: "gx-range" }) : null;
      return element("li", {}, swatch(mark), element("span", {}, ...typeset(mark.label)), range);
    });
    return element("ul", { class: "gx-legend" }, ...entries);
  }

  // lib/figures/page/files.js
  var SVG2 = "http://www.w3.org/2000/svg";
  function saveFile(name, type, text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href));
  }
  var quoted = (text) => /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  function middles({ scale }, ends, count) {
    const [forth, back] = onScale(scale);
    const [from, to] = ends.map(forth);
    return Array.from({ length: count }, (_, i) => back(from + (to - from) * (i + 0.5) / count));
  }
  function columns(mark, picture, leaves, shapes) {
    if (mark.type === "heatmap") {
      const [down, across] = shapes[mark.z];
      const [xs, ys] = [middles(picture.x, mark.x, across), middles(picture.y, mark.y, down)];
      const z = Array.from(asArray(leaves[mark.z]));
      return {
        x: z.map((_, i) => xs[i % across]),
        y: z.map((_, i) => ys[Math.floor(i / across)]),
        z
      };
    }
    const keys = mark.type === "text" ? ["x", "y"] : ["x", "y", "dx", "dy"];
    const used = keys.filter((key) => Number.isInteger(mark[key]));
    const read = used.map((key) => Array.from(asArray(leaves[mark[key]])));
    const length = Math.max(...read.map((values) => values.length));
    const full = read.map((values) => Array.from({ length }, (_, i) => values[i % values.length]));
    return Object.fromEntries(used.map((key, i) => [key, full[i]]));
  }
  function csv(spec, leaves, settings) {
    const shapes = spec.leaves.map(({ shape: shape2 }) => shape2);
    const head = ["picture", "series", "curve", "x", "y", "dx", "dy", "z"];
    const lines = [`# ${spec.name}: ${plain(settingsText(spec.controls, settings))}`];
    for (const { label, value } of spec.readouts) lines.push(`# ${label} = ${leaves[value]}`);
    lines.push(head.join(","));
    spec.pictures.forEach((picture, i) => {
      picture.marks.forEach((mark, j) => {
        const read = columns(mark, picture, leaves, shapes);
        const curve = mark.type === "line" ? shapes[mark.y].at(-1) ?? 1 : Infinity;
        const names = [
          picture.title ?? `${i + 1}`,
          mark.label ?? mark.text ?? `${mark.type} ${j + 1}`
        ];
        for (let k = 0; k < Object.values(read)[0].length; k += 1) {
          const numbers = head.slice(3).map((key) => read[key]?.[k] ?? "");
          lines.push([...names.map(quoted), Math.floor(k / curve), ...numbers].join(","));
        }
      });
    });
    return `${lines.join("\n")}
`;
  }
  function plainColor(color2) {
    const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    if (!context) throw new Error("this browser has no canvas");
    context.fillStyle = color2;
    context.fillRect(0, 0, 1, 1);
    const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
    return `#${[red, green, blue].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  }
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
    const node = document.createElementNS(SVG2, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...tspans(text));
    return node;
  }
  function placed(node, x, y) {
    node.setAttribute("x", x);
    node.setAttribute("y", y);
    return node;
  }
  function svg(view, settings) {
    const gap = 24;
    const line = 20;
    const style = getComputedStyle(view.pictures);
    const ink = plainColor(style.color);
    const columns2 = view.frames.map((frame, i) => ({
      drawing: frame.querySelector("svg"),
      handle: view.handles[i],
      title: view.spec.pictures[i].title,
      names: legendMarks(view.spec.pictures[i]).map(({ label }) => label),
      entries: [...frame.parentElement.querySelectorAll(".gx-legend li")]
    }));
    const top = gap + line * Math.max(...columns2.map(({ title, entries }) => entries.length + !!title));
    const parts = [];
    let [left, height] = [gap, 0];
    for (const { drawing, handle, title, names, entries } of columns2) {
      let y = gap;
      if (title) parts.push(shape("text", { x: left, y, "font-weight": "bold" }, title));
      if (title) y += line;
      entries.forEach((entry, i) => {
        const sample = entry.querySelector("svg");
        const range = entry.querySelector(".gx-range")?.textContent ?? "";
        if (sample) parts.push(placed(standalone(sample), left, y - 11));
        parts.push(shape("text", { x: left + (sample ? 42 : 0), y }, `${names[i]} ${range}`.trim()));
        y += line;
      });
      const copy = placed(standalone(drawing), left, top);
      const ring = { r: 8, fill: "none", stroke: ink, "stroke-width": 3 };
      if (handle) copy.append(shape("circle", { ...handle.at, ...ring }));
      parts.push(copy);
      left += Number(drawing.getAttribute("width")) + gap;
      height = Math.max(height, top + Number(drawing.getAttribute("height")));
    }
    const words = [settingsText(view.spec.controls, settings), ...view.sentences()].join("; ");
    const size = { width: left, height: height + 2 * line };
    const root = shape("svg", { ...size, fill: ink, "font-family": style.fontFamily, "font-size": 12 });
    const background = plainColor(style.getPropertyValue("--gx-surface"));
    root.append(shape("rect", { ...size, fill: background }), ...parts);
    root.append(shape("text", { x: gap, y: height + line }, words));
    return new XMLSerializer().serializeToString(root);
  }

  // lib/figures/page/finite.js
  var GREW = 1e3;
  var MOST = 3;
  var isLost = (value) => !Number.isFinite(value);
  function diverges(values, rowLength) {
    for (let start = 0; start < values.length; start += rowLength) {
      const row = Array.from({ length: rowLength }, (_, i) => values[start + i]);
      const end = row.findIndex(isLost);
      if (end < 1 || !row.slice(end).every(isLost)) continue;
      const sizes = row.slice(0, end).map(Math.abs);
      if (sizes[end - 1] > GREW * Math.max(sizes[0], 1e-3)) return true;
    }
    return false;
  }
  function lostLeaves(mark, leaves) {
    const keys = mark.type === "text" ? ["x", "y"] : ["x", "y", "dx", "dy", "z", "value"];
    const used = keys.map((key) => mark[key]).filter(Number.isInteger);
    const wrong = (value) => isLost(value) && !(mark.gaps && Number.isNaN(value));
    return used.filter((leaf) => asArray(leaves[leaf]).some(wrong));
  }
  function lost(items, spec, leaves) {
    return items.flatMap((item) => {
      const wrong = lostLeaves(item, leaves);
      const isRun = (leaf) => diverges(asArray(leaves[leaf]), spec.leaves[leaf].shape.at(-1) ?? 1);
      const run = item.type === "line" && wrong.some(isRun);
      return wrong.length ? [{ name: item.label || null, run }] : [];
    });
  }
  function sentence(series, one, several, nameless) {
    const names = [...new Set(series.map(({ name }) => name))].filter((name) => name !== null);
    if (!names.length) return series.length ? [`${nameless} ${one}`] : [];
    const shown = names.slice(0, MOST).map((name) => `“${name}”`);
    if (names.length > MOST) shown.push("others");
    const last = shown.pop();
    return shown.length ? [`${shown.join(", ")} and ${last} ${several}`] : [`${last} ${one}`];
  }
  function notFinite(spec, leaves, changed) {
    if (leaves.every((leaf) => asArray(leaf).every(Number.isFinite))) return "";
    const drawn = spec.pictures.flatMap(({ marks }) => lost(marks, spec, leaves));
    const found = drawn.length ? drawn : lost(spec.readouts, spec, leaves);
    const runs = found.filter(({ run }) => run);
    const others = found.filter(({ run, name }) => !run && !runs.some((one) => one.name === name));
    const said = [
      ...sentence(runs, "diverges", "diverge", "This run"),
      ...sentence(others, "is not finite", "are not finite", "A part of the picture")
    ].join("; ");
    const back = changed ? `Move “${changed}” back.` : "Move the sliders back, or reset them.";
    return said && `${said} at these settings. ${back}`;
  }

  // lib/figures/page/handle.js
  var FAST = 10;
  var KEYS = {
    ArrowRight: [0, 1],
    ArrowLeft: [0, -1],
    ArrowUp: [1, 1],
    ArrowDown: [1, -1],
    PageUp: [1, FAST],
    PageDown: [1, -FAST],
    Home: [0, -Infinity],
    End: [0, Infinity]
  };
  var Handle = class {
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
        "aria-label": controls.map(({ label }) => plain(label)).join(" and "),
        "aria-valuemin": controls[0].min,
        "aria-valuemax": controls[0].max
      });
      frame.classList.add("gx-draggable");
      frame.append(this.node);
      this.listen();
    }
    listen() {
      let dragging = false;
      const touches = (event) => event.pointerType !== "mouse" && event.target !== this.node;
      this.frame.addEventListener("pointerdown", (event) => {
        if (event.button !== 0 || !this.scales || touches(event)) return;
        event.preventDefault();
        dragging = true;
        this.frame.setPointerCapture(event.pointerId);
        this.node.focus({ preventScroll: true });
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
        this.host.move({ [control.name]: value });
      });
    }
    follow(event) {
      const { left, top } = this.frame.getBoundingClientRect();
      const pixels = [event.clientX - left, event.clientY - top];
      const moved2 = (this.scales ?? []).map(({ range: [from, to], invert }, i) => {
        const inside = clamp(pixels[i], Math.min(from, to), Math.max(from, to));
        return [this.controls[i].name, nearest(this.controls[i], invert(inside))];
      });
      if (moved2.length) this.host.move(Object.fromEntries(moved2));
    }
    /**
     * Put the handle where the settings are in a new drawing.
     * @param {any} drawing by Plot
     * @param {Settings} settings
     */
    place(drawing, settings) {
      const scales = ["x", "y"].map((key) => drawing.scale(key));
      this.scales = scales;
      const values = this.controls.map(({ name }) => settings[name]);
      const [left, top] = scales.map((scale, i) => scale.apply(values[i]));
      this.at = { cx: left, cy: top };
      this.node.style.translate = `${left}px ${top}px`;
      this.node.setAttribute("aria-valuenow", String(values[0]));
      const words = this.controls.map((control, i) => settingText(control, values[i]));
      this.node.setAttribute("aria-valuetext", plain(words.join(", ")));
    }
  };

  // lib/figures/page/view.js
  var NARROWEST = 280;
  var LARGEST = 480;
  var STRIP = 2 * NARROWEST;
  var PEEK = 24;
  var SMALL3 = 0.5;
  var GAP = 16;
  var FigureView = class {
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
      this.waiting = "";
      this.startAxes();
      this.resting = false;
      this.frames = spec.pictures.map(() => element("div", { class: "gx-drawing" }));
      this.cards = spec.pictures.map(
        (picture, i) => element(
          "div",
          { class: picture.width < SMALL3 ? "gx-picture gx-small" : "gx-picture" },
          picture.title ? element("p", { class: "gx-title" }, ...typeset(picture.title)) : null,
          buildLegend(picture),
          this.frames[i]
        )
      );
      const group = { class: "gx-pictures", role: "group", "aria-label": `Pictures of ${spec.name}` };
      this.pictures = element("div", group, ...this.cards);
      this.handles = spec.pictures.map(({ drag }, i) => {
        if (!drag) return null;
        const sliders = spec.controls.filter(({ kind }) => kind === "number");
        const controls = drag.map((name) => sliders.find((control) => control.name === name));
        return new Handle(
          /** @type {NumberControl[]} */
          controls,
          this.frames[i],
          host
        );
      });
      const { node, numbers } = buildReadouts(spec.readouts);
      this.readouts = node;
      this.numbers = numbers;
      this.spoken = element("p", { class: "gx-spoken", "aria-live": "polite" });
      this.status = element("p", { class: "gx-status", role: "status" });
      this.printed = element("p", { class: "gx-settings" });
      this.tools = element(
        "div",
        { class: "gx-tools" },
        this.button(
          "Data (CSV)",
          () => saveFile(`${spec.name}.csv`, "text/csv", csv(spec, ...this.drawn))
        ),
        this.button(
          "Picture (SVG)",
          () => saveFile(`${spec.name}.svg`, "image/svg+xml", svg(this, this.drawn[1]))
        )
      );
      this.note = element("p", { class: "gx-note", role: "status" });
      this.nodes = [
        element("div", { class: "gx-says" }, this.status),
        this.pictures,
        this.readouts,
        this.printed,
        this.spoken,
        this.tools,
        this.note
      ];
    }
    button(words, act) {
      const button = element("button", { type: "button", class: "gx-button" }, words);
      button.addEventListener("click", act);
      return button;
    }
    startAxes() {
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
      const menus = this.spec.controls.filter(({ kind }) => kind === "choice");
      const before = this.chosen ?? menus.map((menu) => menu.default);
      this.chosen = menus.map(({ name }) => settings[name]);
      if (this.chosen.every((option, i) => option === before[i])) return false;
      this.startAxes();
      return menus.some((menu, i) => menu.default !== this.chosen?.[i]);
    }
    // Pictures share rows, as far as they fit, and one unit of width is equally long in all of them.
    // Where only one fits, they stand in a strip: the first as wide as that, a swipe brings the next.
    pictureWidths() {
      const widths = this.spec.pictures.map(({ width }) => width);
      if (this.strip) {
        const unit2 = this.width - PEEK;
        return widths.map((width) => Math.floor(width < SMALL3 ? unit2 * width : unit2));
      }
      const rows = [];
      for (const width of widths) {
        const row = [...rows.at(-1) ?? [], width];
        const fits = sum(row) * NARROWEST + GAP * (row.length - 1) <= this.width;
        if (rows.length && fits) rows[rows.length - 1] = row;
        else rows.push([width]);
      }
      const units = rows.map((row) => (this.width - GAP * (row.length - 1)) / Math.max(1, sum(row)));
      const square = this.spec.pictures.some(({ aspect }) => aspect === "equal");
      const unit = Math.min(...units, square ? LARGEST : Infinity);
      return widths.map((width) => Math.floor(unit * width));
    }
    /** Whether the pictures stand in one row that the reader swipes. */
    get strip() {
      return this.spec.pictures.length > 1 && this.width < STRIP;
    }
    /** The widths of all pictures together. */
    get units() {
      return sum(this.spec.pictures.map(({ width }) => width));
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
        this.pictures.tabIndex = 0;
      else this.pictures.removeAttribute("tabindex");
      const drawings = this.spec.pictures.map((picture, i) => {
        const other = picture.title ?? `Picture ${i + 1} of ${this.spec.pictures.length}`;
        const alt = i === 0 ? this.spec.alt : other;
        return drawPicture(picture, leaves, this.shapes, widths[i], alt, this.ends[i], afresh);
      });
      drawings.forEach((drawing, i) => {
        this.frames[i].querySelector(".gx-plot")?.remove();
        this.frames[i].prepend(drawing);
        this.handles[i]?.place(drawing, settings);
        this.cards[i].style.width = `${widths[i]}px`;
        this.showRanges(this.spec.pictures[i], leaves, this.cards[i]);
      });
      this.spec.readouts.forEach(({ value, format, gaps }, i) => {
        const number = (
          /** @type {number} */
          leaves[value]
        );
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
      return this.spec.readouts.map(({ label, column }, i) => {
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
  };
  var sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
  function buildReadouts(readouts) {
    const columns2 = [...new Set(readouts.map(({ column }) => column))];
    if (columns2.every((column) => column === null)) {
      const numbers2 = readouts.map(() => element("dd", { class: "gx-number" }));
      const pairs = readouts.map(
        ({ label }, i) => element("div", {}, element("dt", {}, ...typeset(label)), numbers2[i])
      );
      const list = { class: "gx-readouts", hidden: pairs.length ? null : "" };
      return { node: element("dl", list, ...pairs), numbers: numbers2 };
    }
    const numbers = readouts.map(() => element("span", { class: "gx-number" }));
    const cell = (label, column) => {
      const i = readouts.findIndex((one) => one.label === label && one.column === column);
      return element("td", {}, i < 0 ? "" : numbers[i]);
    };
    const head = columns2.map((column) => element("th", { scope: "col" }, ...typeset(column ?? "")));
    const rows = [...new Set(readouts.map(({ label }) => label))].map(
      (label) => element(
        "tr",
        {},
        element("th", { scope: "row" }, ...typeset(label)),
        ...columns2.map((column) => cell(label, column))
      )
    );
    const table = element(
      "table",
      { class: "gx-readouts" },
      element("thead", {}, element("tr", {}, element("td"), ...head)),
      element("tbody", {}, ...rows)
    );
    return { node: table, numbers };
  }

  // lib/figures/page/explorer.js
  var REST = 500;
  var NOTICEABLE = 100;
  var built = /* @__PURE__ */ new Set();
  var figuresHere = () => [...built].filter((figure) => figure.isConnected);
  var GeometryExplorerElement = class extends HTMLElement {
    /** @type {Specification} */
    spec;
    /** @type {FigureView} */
    view;
    /** @type {Computation | null} once the function is there */
    computation = null;
    coming = false;
    // whether the function is being loaded
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
    heard = true;
    // the readouts as they are: what the reader has not moved is not announced
    /** @type {number | null} until the next frame */
    frame = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} until the figure says that it computes */
    noticed = void 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} until a screen reader hears the readouts */
    resting = void 0;
    connectedCallback() {
      if (this.view) return;
      if (this.closest(".jp-OutputArea")) return;
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
          (moved2) => this.took(moved2),
          () => this.reset()
        );
      } catch (error) {
        this.replaceByWords(
          /** @type {Error} */
          error
        );
        return;
      }
      this.view.tools.prepend(this.view.button("Copy link", () => this.copyLink()));
      const figure = part(this, "figure");
      arrange(figure, this.view, this.form.node);
      this.code = element("code");
      figure.append(foldCode(this.code));
      this.showFallback(true);
      this.drawWhenNear();
      this.join();
      built.add(this);
      this.followLink();
      if (document.readyState === "complete") sayWhatIsMissing();
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
        { rootMargin: "400px" }
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
      return { ...this.current };
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
    move(moved2) {
      this.form.show(moved2);
      this.took(moved2);
    }
    // A control stands where the reader put it: compute, and tell the figures that share it.
    took(moved2) {
      Object.assign(this.current, moved2);
      this.heard = false;
      this.view.say("");
      this.view.moved();
      this.changed = this.view.labelOf(Object.keys(moved2)[0]);
      this.renew();
      this.tell(Object.keys(moved2));
      keepAddress();
    }
    // All of the settings or, where one is refused, none.
    show(settings) {
      const values = Object.fromEntries(
        Object.entries(settings).map(([name, asked]) => [name, this.admit(name, asked)])
      );
      Object.assign(this.current, values);
      this.form.show(values);
      this.wake();
      this.renew();
    }
    // The value that a control takes for what was asked.
    admit(name, asked) {
      const control = this.spec.controls.find((candidate) => candidate.name === name);
      if (!control) {
        const known = Object.keys(this.current).join(", ");
        throw new Error(`set: there is no control "${name}"; this figure has ${known}`);
      }
      const { value } = admissible(control, asked);
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
        const moved2 = Object.entries(other.current).filter(
          ([name, value]) => name in this.current && value !== this.current[name]
        );
        if (moved2.length) this.show(Object.fromEntries(moved2));
      }
    }
    // ---- A link that restores the settings -------------------------------------------------------
    /** The page's address with the settings of this figure and of all others that were moved. */
    get link() {
      const others = figuresHere().filter((figure) => figure !== this);
      const figures = [this, ...others].map(({ id, spec, current, defaults }) => ({
        id,
        group: spec.group,
        current,
        defaults
      }));
      const address = new URL(location.href);
      address.hash = writeHash(worthKeeping(figures));
      return address.href;
    }
    async copyLink() {
      const { link } = this;
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
      const request = requests.find(({ id }) => id === this.id);
      if (!request?.asked.length) return;
      const { settings, sentences } = understand(this.spec.controls, request.asked);
      this.set(settings);
      this.form.unfold(Object.keys(settings));
      const words = sentences.map(({ label, words: words2 }) => [...typeset(label), words2, " "]);
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
      const { computation, settings } = this;
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
        finished((error) => this.fail(error))
      );
    }
    endNotice() {
      clearTimeout(this.noticed);
      this.noticed = void 0;
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
      if (this.leaves && !this.heard) this.resting = setTimeout(() => this.speak(), REST);
      const detail = { milliseconds: performance.now() - start, settings };
      this.dispatchEvent(new CustomEvent("geometry-explorer:drawn", { detail, bubbles: true }));
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
      for (const part2 of [this.view.pictures, this.view.readouts, this.view.tools]) {
        part2.classList.toggle("gx-away", shown);
      }
    }
    replaceByWords(error) {
      const words = `This figure cannot be made interactive: ${error.message}.`;
      this.fallback.after(element("p", { class: "gx-status gx-warning", role: "status" }, words));
    }
  };
  var writing;
  function keepAddress() {
    clearTimeout(writing);
    writing = setTimeout(() => {
      const named = readHash(location.hash).filter(({ asked }) => asked.length);
      const first = figuresHere().find(({ id }) => id === named[0]?.id);
      if (first) history.replaceState(history.state, "", first.link);
    }, REST);
  }
  var missing = element("span", { role: "status" });
  var close = element("button", { type: "button", "aria-label": "Close" }, "×");
  var notice = element("p", { class: "gx-figure gx-notice" }, missing, close);
  close.addEventListener("click", () => notice.remove());
  function sayWhatIsMissing() {
    const figures = figuresHere();
    const ids = figures.map(({ id }) => id);
    const names = readHash(location.hash).filter(({ id }) => !ids.includes(id)).map(({ id }) => `“${id.replace("explorer-", "")}”`);
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
    return element("details", { class: "gx-code" }, summary, element("pre", { tabindex: 0 }, code));
  }
  if (!customElements.get("geometry-explorer")) {
    customElements.define("geometry-explorer", GeometryExplorerElement);
  }

  // lib/figures/page/embedded.js
  var LIGHT = 128;
  function isDark(node) {
    const color2 = plainColor(getComputedStyle(node).color);
    const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(color2.slice(at, at + 2), 16));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > LIGHT;
  }
  function embed({ model, el }, style, html) {
    const holder = element("div");
    const inside = element("div");
    inside.innerHTML = html;
    holder.attachShadow({ mode: "open" }).append(element("style", {}, style), inside);
    el.append(holder);
    const follow = () => inside.classList.toggle("gx-dark", isDark(holder));
    const theme = new MutationObserver(follow);
    for (const node of [document.documentElement, document.body]) {
      theme.observe(node, { attributes: true, attributeFilter: ["class", "data-theme", "style"] });
    }
    const system = matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", follow);
    follow();
    const figure = (
      /** @type {any} */
      part(inside, "geometry-explorer")
    );
    const asked = Object.keys(figure.settings).map((name) => [name, model?.get?.(name)]);
    const given = asked.filter(([, value]) => value !== void 0);
    if (given.length) figure.set(Object.fromEntries(given));
    figure.followLink();
    return () => {
      theme.disconnect();
      system.removeEventListener("change", follow);
      holder.remove();
    };
  }

  // lib/figures/page/widget.js
  var NOTICEABLE2 = 300;
  function readLeaves(data, spec) {
    const view = ArrayBuffer.isView(data) ? data : new Uint8Array(data);
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    const values = new Float64Array(bytes.slice().buffer);
    let start = 0;
    return spec.leaves.map(({ shape: shape2 }) => {
      const size = shape2.reduce((product, length) => product * length, 1);
      start += size;
      return shape2.length ? values.slice(start - size, start) : values[start - size];
    });
  }
  function render({ model, el }) {
    const node = element("div", { class: "gx-kernel" });
    el.append(node);
    let view;
    let form;
    let ahead = {};
    let told = {};
    let noticed;
    let frame = null;
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
        return { ...model.get("settings"), ...ahead };
      },
      move(moved2) {
        form.show(moved2);
        took(moved2);
      }
    };
    const took = (moved2) => {
      view.moved();
      changed = view.labelOf(Object.keys(moved2)[0]);
      ask(moved2);
    };
    const ask = (moved2) => {
      ahead = { ...ahead, ...moved2 };
      noticed ??= setTimeout(() => view.busy(true), NOTICEABLE2);
      model.set("asked", { number: Math.random(), settings: ahead });
      model.save_changes();
    };
    const settle = () => {
      if (model.get("answered") !== model.get("asked").number) return;
      clearTimeout(noticed);
      noticed = void 0;
      view.busy(false);
      schedule();
      const asked = ahead;
      ahead = {};
      showChanges(asked);
    };
    const showChanges = (before) => {
      const changed2 = Object.entries(told).filter(
        ([name, value]) => !(name in ahead) && name in before && value !== before[name]
      );
      form.show(Object.fromEntries(changed2));
    };
    const follow = () => {
      const before = told;
      told = model.get("settings");
      showChanges(before);
    };
    const rebuild = () => {
      resize.disconnect();
      const spec = model.get("spec");
      const defaults = Object.fromEntries(
        spec.controls.map((control) => [control.name, control.default])
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
      const figure = element("figure", { class: "gx-figure" }, caption);
      arrange(figure, view, form.node);
      for (const focusable of figure.querySelectorAll("input, select, [role=slider]")) {
        focusable.setAttribute("data-lm-suppress-shortcuts", "true");
      }
      node.replaceChildren(figure);
      resize.observe(view.pictures);
    };
    const showStandIn = (shown) => {
      const name = CSS.escape(model.get("spec").name);
      for (const standIn of document.querySelectorAll(`.gx-stand-in[data-figure="${name}"]`)) {
        standIn.hidden = !shown;
      }
    };
    rebuild();
    showStandIn(false);
    const listeners = { data: schedule, settings: follow, answered: settle, spec: rebuild };
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

  // lib/figures/page/main.js
  globalThis.GeometryExplorer = { widget: { render }, embed, brought: null };
})();
