// Numbers as a reader reads them, and the ticks of a logarithmic axis.
import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import {test} from "node:test";
import {
  formatNumber,
  formatPower,
  logTicks,
  longNumbers,
  parseNumber,
  pieces,
  plain,
} from "../../lib/figures/page/words.js";

const CASES = JSON.parse(readFileSync(new URL("../words.json", import.meta.url), "utf-8"));
const NUMBERS = {nan: NaN, inf: Infinity, "-inf": -Infinity};

test("a number is written as the table says", () => {
  for (const [value, format, text] of CASES.numbers) {
    assert.equal(formatNumber(NUMBERS[value] ?? value, format), text);
  }
});

test("a tick is a power of ten", () => {
  for (const [value, text] of CASES.ticks) assert.equal(formatPower(value), text);
});

test("a label is cut at its scripts", () => {
  for (const [label, cut, words] of CASES.labels) {
    assert.deepEqual(pieces(label), cut);
    assert.equal(plain(label), words);
  }
});

test("what is written can be typed, and so can what readers write", () => {
  for (const [value, format, text] of CASES.numbers) {
    if (typeof value !== "number" || format.endsWith("%")) continue;
    const digits = Math.max(Number(/\d+/.exec(format)?.[0] ?? 0), 1);
    const near = Math.max(Math.abs(value) * 10 ** (1 - digits), format.endsWith("f") ? 0.5 : 0);
    assert.ok(Math.abs(parseNumber(text) - value) <= near + 0.5 * (format === "d"), text);
  }
  for (const [text, value] of [
    ["6.3e-2", 0.063],
    ["0,5", 0.5],
    [" .3", 0.3],
    ["−2", -2],
    ["10", 10],
    ["10⁻⁴", 1e-4],
    ["5×10⁻⁴", 5e-4],
    ["1\u202f000", 1000],
    ["5 × 10⁻⁴", 5e-4],
  ]) {
    assert.equal(parseNumber(text), value);
  }
  for (const text of ["", "abc", "10⁻", "1e"]) assert.ok(Number.isNaN(parseNumber(text)), text);
});

test("long numbers are those with many zeros or decimals between two ticks", () => {
  assert.equal(longNumbers([0, 1], 5), false);
  assert.equal(longNumbers([0, 99_999], 5), false);
  assert.equal(longNumbers([0, 100_000], 5), true);
  assert.equal(longNumbers([-200_000, 0], 5), true);
  assert.equal(longNumbers([0, 0.0005], 5), true);
});

test("a logarithmic axis has two to seven ticks, at powers of ten or 1, 2 and 5 between them", () => {
  const near = (found, wanted) => {
    assert.equal(found.length, wanted.length, `${found}`);
    found.forEach((tick, k) => {
      assert.ok(Math.abs(tick / wanted[k] - 1) < 1e-12, `${found}`);
    });
  };
  near(logTicks([0.001, 1]), [0.001, 0.01, 0.1, 1]);
  near(logTicks([2, 30]), [2, 5, 10, 20]);
  near(logTicks([0.15, 0.9]), [0.2, 0.5]);
  near(logTicks([1e-10, 1]), [1e-10, 1e-8, 1e-6, 1e-4, 1e-2, 1]);
  near(logTicks([0.97, 1.9]), [1, 1.2, 1.4, 1.6, 1.8]);
  for (let decades = 1; decades <= 40; decades += 1) {
    const ticks = logTicks([1e-20, 1e-20 * 10 ** decades]);
    assert.ok(ticks.length >= 2 && ticks.length <= 7, `${decades} decades: ${ticks}`);
  }
  for (const low of [0.0013, 0.21, 0.97, 1, 3, 5.1, 9, 123, 7e8]) {
    for (const ratio of [1.0001, 1.01, 1.1, 1.5, 1.9, 2.4, 4, 9, 30, 90]) {
      const ticks = logTicks([low, low * ratio]);
      assert.ok(ticks.length >= 2 && ticks.length <= 7, `${low}, ${ratio}: ${ticks}`);
      assert.ok(ticks.every((tick, k) => k === 0 || tick > ticks[k - 1]));
      assert.ok(ticks[0] >= low * 0.999999999 && ticks.at(-1) <= low * ratio * 1.000000001);
    }
  }
});
