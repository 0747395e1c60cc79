// Numbers as a reader reads them, and the ticks of a logarithmic axis.
import assert from "node:assert/strict";
import {test} from "node:test";
import "../../lib/figures/vendor/plot.js";
import {
  formatNumber,
  formatPower,
  formatReadout,
  logTicks,
  longNumbers,
} from "../../lib/figures/page/words.js";

test("numbers are written as Python's format writes them, with a true minus sign", () => {
  for (const [value, format, text] of [
    [0.5, ".3g", "0.5"],
    [0.123456, ".3g", "0.123"],
    [100, ".3g", "100"],
    [-0.25, ".2f", "−0.25"],
    [0.9, ".2f", "0.90"],
    [41.6, "d", "42"],
    [1234567, ",d", "1,234,567"],
    [0.5, ".3~g", "0.5"],
  ]) {
    assert.equal(formatNumber(value, format), text);
  }
});

test("a readout says powers of ten, infinities and what is not a number in words", () => {
  for (const [value, format, text] of [
    [0.00012345, ".2e", "1.23 × 10⁻⁴"],
    [-6.5e21, ".1e", "−6.5 × 10²¹"],
    [2.5, ".2e", "2.50"],
    [1e-7, ".3g", "1 × 10⁻⁷"],
    [0.25, ".3f", "0.250"],
    [Number.NaN, ".3f", "not a number"],
    [Number.POSITIVE_INFINITY, "d", "∞"],
    [Number.NEGATIVE_INFINITY, ".2e", "−∞"],
  ]) {
    assert.equal(formatReadout(value, format), text);
  }
});

test("powers of ten carry their factor, unless it is one", () => {
  for (const [value, text] of [
    [0, "0"],
    [1, "10⁰"],
    [1000, "10³"],
    [2e-5, "2×10⁻⁵"],
    [-1e6, "−10⁶"],
    [-3.5e10, "−3.5×10¹⁰"],
  ]) {
    assert.equal(formatPower(value), text);
  }
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
