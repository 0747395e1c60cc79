// Axes that stand still, and what a figure says of numbers that are not finite.
import assert from "node:assert/strict";
import {test} from "node:test";
import {diverges, notFinite} from "../../lib/figures/page/finite.js";
import {axisAfresh, axisDomain} from "../../lib/figures/page/pictures.js";

const axis = (changes = {}) => ({
  scale: "linear",
  domain: [0, 10],
  grows: [true, true],
  ticks: null,
  label: "",
  ...changes,
});
const near = (found, wanted) =>
  found.forEach((end, i) => {
    assert.ok(Math.abs(end - wanted[i]) <= 1e-9 * Math.abs(wanted[1] - wanted[0]), `${found}`);
  });

const ends = (one, arrays, held) =>
  axisDomain(one, arrays, held && {start: one.domain, ends: held}).ends;

test("an axis moves outwards only where the numbers pass it, and stays there", () => {
  assert.deepEqual(ends(axis(), [[0, 10], [3]]), [0, 10]);
  near(ends(axis(), [[-1, 12]]), [-3, 14]); // a fifth of its length beyond them
  near(ends(axis(), [[2, 5]], [-3, 14]), [-3, 14]);
  near(ends(axis(), [[2, 13]], [-3, 14]), [-3, 14]);
  assert.deepEqual(ends(axis({grows: [false, false]}), [[-1, 12]]), [0, 10]);
  near(ends(axis({grows: [false, true]}), [[-1, 12]]), [0, 14]);
});

test("a run that diverges leaves the frame: an axis grows to ten times its length, no more", () => {
  near(ends(axis(), [[1, 1e200]]), [0, 110]);
  assert.deepEqual(ends(axis(), [[NaN], []]), [0, 10]);
});

test("a logarithmic axis grows by decades", () => {
  const log = axis({scale: "log", domain: [1, 100]});
  const [low, high] = ends(log, [[0.1, 20]]).map(Math.log10);
  near([low, high], [-1.4, 2]);
});

test("after a menu, which may show another quantity, an axis starts anew from what is drawn", () => {
  const held = axisAfresh(axis(), [[0, 5000]]);
  near(held.ends, [-200, 5200]);
  near(axisDomain(axis(), [[0, 6000]], held).ends, [-200, 7080]);
  near(axisAfresh(axis({grows: [false, true]}), [[0, 5000]]).ends, [0, 5200]);
  near(
    axisAfresh(axis({scale: "log", domain: [1, 10]}), [[1, 100]]).ends.map(Math.log10),
    [-0.08, 2.08],
  );
  assert.deepEqual(axisAfresh(axis(), [[NaN]]).ends, [0, 10]);
  assert.deepEqual(axisAfresh(axis(), [[0, 5000]], 0).ends, [0, 5000]); // filled by a heatmap
});

const spec = (...marks) => ({
  leaves: marks.map(({shape = [4]}) => ({shape})),
  pictures: [{title: "the run", marks: marks.map((mark, i) => ({type: "line", y: i, ...mark}))}],
  readouts: [],
});
const leaves = (...rows) => rows.map((row) => Float64Array.from(row));

test("a run diverges where it grows until nothing is finite", () => {
  const grows = [1, 1e5, Infinity, NaN];
  assert.ok(diverges(grows, 4));
  assert.ok(diverges([1, 2, 3, 4, ...grows], 4), "the second of two runs");
  assert.ok(!diverges([1, 2, NaN, 4], 4), "a hole");
  assert.ok(!diverges([1, 2, NaN, NaN], 4), "a formula that ends");
  assert.ok(!diverges([NaN, NaN, NaN, NaN], 4));
  assert.ok(!diverges([1, 1e5, 1e9, 1e200], 4));
});

test("the message names what is not finite, and says that a run diverges only where one does", () => {
  const run = {label: "Adam"};
  const law = {label: "v_A"};
  const said = (one, ...rows) => notFinite(one, leaves(...rows), "learning rate");
  const fine = [1, 2, 3, 4];
  const back = "at these settings. Move “learning rate” back.";
  assert.equal(said(spec(run, law), fine, fine), "");
  assert.equal(said(spec(run, law), [1, 1e5, Infinity, NaN], fine), `“Adam” diverges ${back}`);
  assert.equal(said(spec(run, law), fine, [NaN, NaN, NaN, NaN]), `“v_A” is not finite ${back}`);
  assert.equal(
    said(spec(run, law), [1, 1e5, Infinity, NaN], [1, NaN, 3, 4]),
    `“Adam” diverges; “v_A” is not finite ${back}`,
  );
  assert.equal(said(spec({}), [1, NaN, 3, 4]), `A part of the picture is not finite ${back}`);
  assert.equal(said(spec({}), [1, 1e5, NaN, NaN]), `This run diverges ${back}`);
  const all = ["a", "b", "c", "d"].map((label) => ({label}));
  const hole = [1, NaN, 3, 4];
  assert.equal(
    said(spec(...all), hole, hole, hole, hole),
    `“a”, “b”, “c” and others are not finite ${back}`,
  );
});

test("where a mark may have gaps, NaN is nothing to speak of, but an infinity is", () => {
  const gaps = {label: "law", gaps: true};
  assert.equal(notFinite(spec(gaps), leaves([1, NaN, 3, 4]), null), "");
  assert.equal(
    notFinite(spec(gaps), leaves([1, Infinity, 3, 4]), null),
    "“law” is not finite at these settings. Move the sliders back, or reset them.",
  );
  const readout = {label: "width", value: 0, gaps: true};
  const one = {leaves: [{shape: []}], pictures: [], readouts: [readout]};
  assert.equal(notFinite(one, [NaN], null), "");
  one.readouts[0].gaps = false;
  assert.match(notFinite(one, [NaN], null), /^“width” is not finite /);
});
