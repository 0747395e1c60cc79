// The controls of a figure: sliders with a field to type into, a button that plays them, and menus.
import {clamp, element, setText} from "./elements.js";
import {formatNumber} from "./words.js";

/** @import {ChoiceControl, Control, NumberControl, Settings} from "./types" */

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
export function valueAt({min, max, scale, step, places, digits}, place) {
  if (!(place > 0)) return min;
  if (place >= places) return max;
  const [forth, back] = SCALES[scale];
  return Number(back(forth(min) + place * step).toPrecision(digits));
}

/**
 * Where a value stands among a slider's places: between two, it may be.
 * @param {NumberControl} control
 * @param {number} value
 */
export function placeOf({min, max, scale, step, places}, value) {
  if (!(value > min)) return 0;
  if (value >= max) return places;
  const [forth] = SCALES[scale];
  return (forth(value) - forth(min)) / step;
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
 * The number that a reader typed, with a comma or a minus sign as they write it; NaN for others.
 * @param {string} text
 */
export function parseNumber(text) {
  const plain = text.trim().replace("−", "-").replace(",", ".");
  return plain === "" ? NaN : Number(plain);
}

/**
 * A value in the control's format, unless it was typed with digits that the format would hide.
 * @param {Control} control
 * @param {number} value
 */
export function valueText(control, value) {
  if (control.kind === "choice") return control.options[value];
  const formatted = formatNumber(value, control.format);
  return parseNumber(formatted) === value ? formatted : String(Number(value.toPrecision(12)));
}

/**
 * All settings in one line: "η = 0.1, batch size = 8".
 * @param {Control[]} controls
 * @param {Settings} settings
 */
export function settingsText(controls, settings) {
  const words = (control) =>
    `${control.symbol || control.label} = ${valueText(control, settings[control.name])}`;
  return controls.map(words).join(", ");
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
  const symbol = control.symbol ? element("i", {class: "gx-symbol"}, control.symbol) : null;
  return element("label", {for: id, class: "gx-label"}, symbol, element("span", {}, control.label));
}

/**
 * A slider with a field to type into. `onChange(value)` tells of the reader's changes only.
 * @param {NumberControl} control
 * @param {string} id
 * @param {(value: number) => void} onChange
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
  const field = element("input", {
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
    spellcheck: "false",
    class: "gx-field",
    "aria-label": `${control.label}, type a value`,
    "aria-describedby": `${id}-note`,
  });
  const note = element("p", {class: "gx-note", id: `${id}-note`, role: "status"});
  let current = control.default;

  const state = (value) => {
    current = value;
    field.value = valueText(control, value);
    slider.setAttribute("aria-valuetext", field.value);
    setText(note, "");
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
  field.addEventListener("change", () => {
    const typed = field.value;
    const {value, note: reason} = admissible(control, parseNumber(typed));
    show(value ?? current);
    if (reason) setText(note, `“${typed}” ${reason}: ${field.value} is used.`);
    if (value !== null) onChange(value);
  });
  put(control.default);
  const row = element("div", {class: "gx-control"}, controlLabel(control, id), slider, field, note);
  if (play) {
    row.classList.add("gx-played");
    slider.before(play.button);
  }
  return {row, show};
}

/**
 * A menu.
 * @param {ChoiceControl} control
 * @param {string} id
 * @param {(value: number) => void} onChange
 */
function choiceControl(control, id, onChange) {
  const options = control.options.map((text, i) => element("option", {value: i}, text));
  const select = element("select", {id, class: "gx-choice"}, ...options);
  const show = (value) => {
    select.value = String(value);
  };
  select.addEventListener("input", () => onChange(Number(select.value)));
  show(control.default);
  return {row: element("div", {class: "gx-control"}, controlLabel(control, id), select), show};
}

/**
 * A control: its row, and show(value), which puts it where it is told.
 * @param {Control} control
 * @param {string} id
 * @param {(value: number) => void} onChange tells where the reader put it
 */
export function buildControl(control, id, onChange) {
  return control.kind === "choice"
    ? choiceControl(control, id, onChange)
    : numberControl(control, id, onChange);
}
