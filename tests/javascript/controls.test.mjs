// What a control does with numbers: the places of its slider, what is typed, and how it is written.
import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import {test} from "node:test";
import {
  admissible,
  moved,
  nearest,
  parseNumber,
  placeOf,
  settingsText,
  settingText,
  valueAt,
  valueText,
} from "../../lib/figures/page/controls.js";

const CASES = JSON.parse(readFileSync(new URL("../sliders.json", import.meta.url), "utf8"));
const control = (name) => ({
  ...CASES.find((one) => one.name === name).control,
  kind: "number",
  name: "x",
  symbol: "",
  label: "x",
  format: ".3g",
  unit: "",
  play: null,
});
const RATE = control("a learning rate over three decades");
const MOMENTUM = {...control("momentum"), symbol: "μ", format: ".2f"};
const BATCH = {...control("batch sizes"), label: "batch size", format: "d"};
const WHOLE = {...control("whole numbers"), format: "d"};
const MENU = {kind: "choice", name: "kind", symbol: "", label: "kind", options: ["slow", "fast"]};

for (const {name, values, between} of CASES) {
  test(`a slider has the places of the table: ${name}`, () => {
    const slider = control(name);
    for (const [place, value] of values) {
      assert.equal(valueAt(slider, place), value);
      const inside = Math.min(Math.max(place, 0), slider.places);
      assert.equal(Math.round(placeOf(slider, value)), inside);
    }
    for (const [value, place] of between) {
      assert.ok(Math.abs(placeOf(slider, value) - place) <= 1e-12 * Math.max(1, place));
    }
    const places = Array.from({length: slider.places + 1}, (_, place) => place);
    const all = places.map((place) => valueAt(slider, place));
    assert.ok(all.every((value, k) => k === 0 || value > all[k - 1]));
    assert.deepEqual(
      all.map((value) => Math.round(placeOf(slider, value))),
      places,
    );
  });
}

test("steps lead from place to place, from the nearest one and not beyond the ends", () => {
  assert.equal(nearest(RATE, 0.1, 1), 0.102);
  assert.equal(nearest(RATE, nearest(RATE, 0.5, 1), -1), 0.5); // the default is a place
  assert.equal(nearest(RATE, 0.505), 0.5);
  assert.equal(nearest(RATE, 99, 10), 100);
  assert.equal(nearest(MOMENTUM, 0.9, -1), 0.89);
  assert.equal(nearest(MOMENTUM, 0.9, 10), 0.99);
  assert.equal(nearest(MOMENTUM, 0.03, -10), 0);
  assert.equal(nearest(BATCH, 8, 1), 16);
});

test("what is typed is read as a reader writes it, or is not a number", () => {
  for (const [text, value] of [
    ["0.25", 0.25],
    [" 0,25 ", 0.25],
    ["−3", -3],
    ["-3", -3],
    ["1e-3", 0.001],
    ["1e999", Number.POSITIVE_INFINITY],
  ]) {
    assert.equal(parseNumber(text), value);
  }
  for (const text of ["", "  ", "fast", "1 2", "0,2,5", "3x"]) {
    assert.ok(Number.isNaN(parseNumber(text)), text);
  }
});

test("a control takes what it can, and says what it cannot", () => {
  for (const [slider, asked, value, note] of [
    [RATE, 0.1234567, 0.1234567, ""],
    [RATE, 1e3, 100, "is outside 0.1 to 100"],
    [RATE, -1, 0.1, "is outside 0.1 to 100"],
    [RATE, Number.NaN, null, "is not a number"],
    [RATE, Number.POSITIVE_INFINITY, null, "is not a number"],
    [BATCH, 8, 8, ""],
    [BATCH, 3, 4, "is not a power of two"],
    [BATCH, 1000, 256, "is outside 1 to 256"],
    [WHOLE, 2.6, 3, "is not a whole number"],
    [MENU, 1, 1, ""],
    [MENU, 7, 1, "is not a choice, 0 to 1"],
    [MENU, Number.NaN, null, "is not a number"],
  ]) {
    assert.deepEqual(admissible(slider, asked), {value, note});
  }
});

test("a value is written in its format, unless that would hide digits that were typed", () => {
  assert.equal(valueText(MOMENTUM, 0.9), "0.90");
  assert.equal(valueText(MOMENTUM, 0.905), "0.905");
  assert.equal(valueText(RATE, 0.104), "0.104");
  assert.equal(valueText(RATE, 0.1234567), "0.1234567");
  assert.equal(valueText(RATE, 100), "100");
  assert.equal(valueText({...RATE, min: -1}, -0.5), "−0.5");
  assert.equal(valueText({...RATE, min: 1e-9}, 2.5e-4), "2.5e-4");
  assert.equal(valueText({...RATE, min: -1}, -1.25e-7), "−1.25e-7");
  assert.equal(valueText({...MOMENTUM, min: -1}, 1e-4), "1e-4");
  assert.equal(valueText(MOMENTUM, 0), "0.00");
  assert.equal(valueText(BATCH, 64), "64");
  for (const value of [2.5e-4, -1.25e-7, 0.5, 0.905]) {
    assert.equal(parseNumber(valueText({...RATE, min: -1}, value)), value);
  }
  assert.equal(valueText(MENU, 1), "fast");
  assert.equal(settingText({...WHOLE, symbol: "φ", unit: "°"}, 45), "φ = 45°");
  assert.equal(settingText(BATCH, 8), "batch size = 8");
  const settings = {x: 0.5, kind: 0};
  assert.equal(settingsText([{...MOMENTUM, name: "x"}, MENU], settings), "μ = 0.50, kind = slow");
  assert.equal(settingText({...WHOLE, symbol: "θ_AB"}, 45), "θ_AB = 45"); // to be typeset
  const controls = [RATE, {...BATCH, name: "size"}];
  assert.deepEqual(moved(controls, {x: RATE.default, size: BATCH.default}), []);
  assert.deepEqual(moved(controls, {x: RATE.default, size: 256}), [controls[1]]);
});
