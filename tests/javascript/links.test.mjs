// Addresses that hold settings of figures: how they are read, written and understood.
import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import {test} from "node:test";
import "../../lib/figures/vendor/plot.js";
import {readHash, understand, worthKeeping, writeHash} from "../../lib/figures/page/links.js";

const CASES = JSON.parse(readFileSync(new URL("../sliders.json", import.meta.url), "utf8"));
const slider = (name, more) => ({
  ...CASES.find((one) => one.name === name).control,
  kind: "number",
  symbol: "",
  format: ".3g",
  ...more,
});
const CONTROLS = [
  slider("a learning rate over three decades", {name: "rate", symbol: "η", label: "rate"}),
  slider("batch sizes", {name: "size", label: "batch size", format: "d"}),
  {kind: "choice", name: "kind", symbol: "", label: "kind", options: ["slow", "fast"]},
];

test("what is written is read again, with any name and any number", () => {
  const figures = [
    {id: "explorer-two-orders", settings: {eps: 1e-7, kind: 2}},
    {id: "explorer-50% of ä;b?", settings: {x: -0.25}},
  ];
  const hash = writeHash(figures);
  assert.match(hash, /^explorer-two-orders\?eps=1e-7&kind=2;explorer-50%25/);
  assert.deepEqual(readHash(`#${hash}`), [
    {
      id: "explorer-two-orders",
      asked: [
        ["eps", "1e-7"],
        ["kind", "2"],
      ],
    },
    {id: "explorer-50% of ä;b?", asked: [["x", "-0.25"]]},
  ]);
});

test("an address of another kind asks for nothing", () => {
  for (const hash of ["", "#", "#a-heading", "#100%?step=3", "#x;y"]) {
    assert.deepEqual(readHash(hash), []);
  }
  assert.deepEqual(readHash("#explorer-a"), [{id: "explorer-a", asked: []}]);
});

test("what a control cannot take is said, and what it takes in its place", () => {
  for (const [name, text, value, sentence] of [
    ["rate", "2", 2, null],
    ["rate", "0,5", 0.5, null],
    ["rate", "999", 100, "η = 999 is outside 0.1 to 100; 100 is used."],
    ["rate", "fast", undefined, "η = fast is not a number; it is left out."],
    ["rate", "", undefined, "η =  is not a number; it is left out."],
    ["size", "3", 4, "batch size = 3 is not a power of two; 4 is used."],
    ["kind", "1", 1, null],
    ["kind", "17", 1, "kind = 17 is not a choice, 0 to 1; fast is used."],
    ["kind", "0.4", 0, "kind = 0.4 is not a choice, 0 to 1; slow is used."],
    ["speed", "3", undefined, "This figure has no setting “speed”."],
  ]) {
    const {settings, sentences} = understand(CONTROLS, [[name, text]]);
    assert.deepEqual(settings, value === undefined ? {} : {[name]: value});
    const said = sentences.map(({label, words}) => label + words);
    assert.deepEqual(said, sentence === null ? [] : [sentence]);
  }
});

test("a sentence keeps apart what is typeset from what the address says", () => {
  const control = {...CONTROLS[0], symbol: "θ_AB"};
  const {sentences} = understand(
    [control],
    [
      ["rate", "a_b"],
      ["old_rate", "1"],
    ],
  );
  assert.deepEqual(sentences, [
    {label: "θ_AB", words: " = a_b is not a number; it is left out."},
    {label: "", words: "This figure has no setting “old_rate”."},
  ]);
});

test("a link holds the figure that is copied, and of the others what moved and is not shared", () => {
  const figure = (id, group, current, defaults) => ({id, group, current, defaults});
  const figures = [
    figure("explorer-a", "a", {x: 1, y: 2}, {x: 1, y: 2}),
    figure("explorer-shares-all", "a", {x: 1}, {x: 1}),
    figure("explorer-shares-x", "a", {x: 1, z: 7}, {x: 1, z: 5}),
    figure("explorer-shares-z", "a", {z: 7}, {z: 5}),
    figure("explorer-at-rest", "b", {x: 3}, {x: 3}),
    figure("explorer-moved", "c", {x: 4, w: 0}, {x: 3, w: 0}),
  ];
  assert.deepEqual(worthKeeping(figures), [
    {id: "explorer-a", settings: {x: 1, y: 2}},
    {id: "explorer-shares-x", settings: {z: 7}},
    {id: "explorer-moved", settings: {x: 4, w: 0}},
  ]);
});
