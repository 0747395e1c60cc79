// The controls of a figure: sliders with a field to type into, a button that plays them, and menus.
import {clamp, element, setText} from "./elements.js";
import {formatNumber, parseNumber, plain, typeset} from "./words.js";

export {parseNumber};

/** @import {ChoiceControl, Control, NumberControl, Settings} from "./types" */

/**
 * A control as the page shows it.
 * @typedef {object} Row
 * @property {HTMLElement} row
 * @property {(value: number) => void} show puts it where it is told
 */

const SMALL = 1e-3; // below it a number is written with a power of ten
const FIELD = 6; // characters that a slider's field has room for, at least
const TRIED = 300; // places of a slider at which its values are looked at for how long they are
const STILL = 500; // milliseconds between two pictures for readers who asked for less motion

// ---- Values ----------------------------------------------------------------------------------

// How a slider's places 0, 1, …, `places` and the control's values translate, as in controls.py.
const SCALES = {
  linear: [(value) => value, (at) => at],
  log: [Math.log10, (at) => 10 ** at],
  log2: [Math.log2, (at) => 2 ** at],
};

/**
 * The value of one of a slider's places.
 * @param {NumberControl} control
 * @param {number} place
 */
export function valueAt(control, place) {
  const {min, max, scale, step, places, origin, digits} = control;
  if (!(place > 0)) return min;
  if (place >= places) return max;
  if (place === origin) return control.default;
  const [forth, back] = SCALES[scale];
  const there = forth(control.default) + (place - origin) * step;
  const zero = Math.abs(there) < 1e-9 * step; // which 0.7 − 70 · 0.01 misses
  return Number(back(zero ? 0 : there).toPrecision(digits));
}

/**
 * Where a value stands among a slider's places: between two, it may be.
 * @param {NumberControl} control
 * @param {number} value
 */
export function placeOf(control, value) {
  const {min, max, scale, step, places, origin} = control;
  if (!(value > min)) return 0;
  if (value >= max) return places;
  const [forth] = SCALES[scale];
  return origin + (forth(value) - forth(control.default)) / step;
}

/**
 * The value of the slider's place that is `steps` from the one next to a value.
 * @param {NumberControl} control
 * @param {number} value
 */
export function nearest(control, value, steps = 0) {
  return valueAt(control, Math.round(placeOf(control, value)) + steps);
}

/**
 * The value a control takes for what was asked, and the words to say when it is another.
 * @param {Control} control
 * @param {number} asked
 * @returns {{value: number | null, note: string}}
 */
export function admissible(control, asked) {
  if (!Number.isFinite(asked)) return {value: null, note: "is not a number"};
  if (control.kind === "choice") {
    const last = control.options.length - 1;
    const value = clamp(Math.round(asked), 0, last);
    return {value, note: value === asked ? "" : `is not a choice, 0 to ${last}`};
  }
  const show = (value) => formatNumber(value, control.format);
  const within = clamp(asked, control.min, control.max);
  if (within !== asked) {
    return {value: within, note: `is outside ${show(control.min)} to ${show(control.max)}`};
  }
  const whole = control.format === "d" ? Math.round(asked) : asked;
  const value = control.scale === "log2" ? 2 ** Math.round(Math.log2(asked)) : whole;
  const kind = control.scale === "log2" ? "a power of two" : "a whole number";
  return {value, note: value === asked ? "" : `is not ${kind}`};
}

/**
 * A value as it is typed: in the control's format, unless it was typed with digits that the format
 * would hide, and with a power of ten where a number has many zeros: "2.5e-4".
 * @param {Control} control
 * @param {number} value
 */
export function valueText(control, value) {
  if (control.kind === "choice") return plain(control.options[value]);
  const digits = Number(value.toPrecision(12));
  const small = value !== 0 && Math.abs(value) < SMALL;
  const formatted = formatNumber(value, control.format);
  if (!small) return parseNumber(formatted) === value ? formatted : String(digits);
  return digits.toExponential().replace(/^-/, "−");
}

/**
 * One setting in words, to be typeset: "θ = 45°", "batch size = 8".
 * @param {Control} control
 * @param {number} value
 */
export function settingText(control, value) {
  const unit = control.kind === "choice" ? "" : control.unit;
  return `${control.symbol || control.label} = ${valueText(control, value)}${unit}`;
}

/**
 * All settings in one line, to be typeset: "η = 0.1, batch size = 8".
 * @param {Control[]} controls
 * @param {Settings} settings
 */
export function settingsText(controls, settings) {
  return controls.map((control) => settingText(control, settings[control.name])).join(", ");
}

/**
 * The controls that do not stand at their defaults.
 * @param {Control[]} controls
 * @param {Settings} settings
 */
export function moved(controls, settings) {
  return controls.filter((control) => settings[control.name] !== control.default);
}

// ---- Playing ---------------------------------------------------------------------------------

/**
 * A button that moves a slider from where it stands to its end, or from the start once it is there.
 * @param {NumberControl} control
 * @param {number} duration milliseconds from end to end
 * @param {() => number} read
 * @param {(value: number) => void} write
 */
function playButton(control, duration, read, write) {
  const button = element("button", {type: "button", class: "gx-button gx-play"});
  const {places} = control;
  /** @type {number | null} */
  let frame = null;
  let last = 0; // when the last picture was due
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
  const advance = (/** @type {number} */ now) => {
    const pace = matchMedia("(prefers-reduced-motion: reduce)").matches ? STILL : 0;
    if (now - last >= pace) {
      place = Math.min(places, place + (places * (now - last)) / duration);
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
  return {button, pause};
}

// ---- Rows ------------------------------------------------------------------------------------

function controlLabel(control, id) {
  const {symbol: sign, label} = control;
  const symbol = sign ? element("i", {class: "gx-symbol"}, ...typeset(sign)) : null;
  const name = element("span", {}, ...typeset(label));
  // The space is for a screen reader, which would read "ηlearning rate" as one word.
  return element("label", {for: id, class: "gx-label"}, symbol, symbol && " ", name);
}

/**
 * The characters of a control's longest value: a field that changed its width while the slider
 * beside it is dragged would move the slider under the finger.
 * @param {NumberControl} control
 */
function widest(control) {
  if (control.kind === "seed") return String(control.max).length;
  const stride = Math.ceil(control.places / TRIED);
  let most = FIELD;
  for (let place = 0; place <= control.places; place += stride) {
    most = Math.max(most, valueText(control, valueAt(control, place)).length);
  }
  return most;
}

/**
 * A field to type a number into, and the words about what was typed.
 * @param {NumberControl} control
 * @param {string} id of the control
 * @param {Record<string, string>} attributes of the field
 * @param {(value: number) => void} take what was typed, as far as the control takes it
 */
function numberField(control, id, attributes, take) {
  const field = element("input", {
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
    spellcheck: "false",
    class: "gx-field",
    "aria-describedby": `${id}-note`,
    ...attributes,
  });
  const note = element("p", {class: "gx-note", id: `${id}-note`, role: "status"});
  let current = control.default;
  let characters = widest(control);

  const show = (value) => {
    current = value;
    field.value = valueText(control, value);
    characters = Math.max(characters, field.value.length); // what is typed may be longer
    field.style.setProperty("--gx-characters", String(characters));
    setText(note, "");
  };
  field.addEventListener("change", () => {
    const typed = field.value;
    const {value, note: reason} = admissible(control, parseNumber(typed));
    if (value === null) show(current);
    else take(value);
    if (reason) setText(note, `“${typed}” ${reason}: ${field.value} is used.`);
  });
  return {field, note, show};
}

/**
 * A swipe that begins on a slider scrolls the page. Its first touch has moved the slider by then:
 * what the slider stood at is put back.
 * @param {HTMLInputElement} slider
 * @param {() => number} read
 * @param {(value: number) => void} write
 */
function leaveToScrolling(slider, read, write) {
  let before = 0;
  slider.addEventListener("pointerdown", () => {
    before = read();
  });
  slider.addEventListener("pointercancel", () => {
    if (read() !== before) write(before);
  });
}

/**
 * A slider with a field to type into. `onChange(value)` tells of the reader's changes only.
 * @param {NumberControl} control
 * @param {string} id
 * @param {(value: number) => void} onChange
 * @returns {Row}
 */
function numberControl(control, id, onChange) {
  const slider = element("input", {
    type: "range",
    id,
    class: "gx-slider",
    min: 0,
    max: control.places,
    step: 1,
  });
  let current = control.default;
  const taken = (value) => {
    show(value);
    onChange(value);
  };
  const label = `${control.label}, type a value`;
  const typed = numberField(control, id, {"aria-label": label}, taken);

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
  const {field, note} = typed;
  const row = element("div", {class: "gx-control"}, controlLabel(control, id), slider, field, note);
  if (play) {
    row.classList.add("gx-played");
    slider.before(play.button);
  }
  return {row, show};
}

/**
 * A button that takes the next seed, and a field for the seed itself.
 * @param {NumberControl} control
 * @param {string} id
 * @param {(value: number) => void} onChange
 * @returns {Row}
 */
function seedControl(control, id, onChange) {
  const button = element("button", {type: "button", class: "gx-button gx-noise"}, "⟳ New noise");
  let current = control.default;
  const show = (value) => {
    current = value;
    typed.show(value);
  };
  const taken = (value) => {
    show(value);
    onChange(value);
  };
  const typed = numberField(control, id, {id}, taken);
  button.addEventListener("click", () => {
    taken(current < control.max ? current + 1 : control.min);
  });
  show(control.default);
  const {field, note} = typed;
  const row = element(
    "div",
    {class: "gx-control gx-seed"},
    button,
    controlLabel(control, id),
    field,
    note,
  );
  return {row, show};
}

/**
 * A menu.
 * @param {ChoiceControl} control
 * @param {string} id
 * @param {(value: number) => void} onChange
 * @returns {Row}
 */
function choiceControl(control, id, onChange) {
  const options = control.options.map((text, i) => element("option", {value: i}, plain(text)));
  const select = element("select", {id, class: "gx-choice"}, ...options);
  const show = (value) => {
    select.value = String(value);
  };
  select.addEventListener("input", () => onChange(Number(select.value)));
  show(control.default);
  return {row: element("div", {class: "gx-control"}, controlLabel(control, id), select), show};
}

/**
 * A control.
 * @param {Control} control
 * @param {string} id
 * @param {(value: number) => void} onChange tells where the reader put it
 * @returns {Row}
 */
export function buildControl(control, id, onChange) {
  if (control.kind === "choice") return choiceControl(control, id, onChange);
  return (control.kind === "seed" ? seedControl : numberControl)(control, id, onChange);
}
