// Where and when a figure's function is computed, with workers and a clock that the test holds.
import assert from "node:assert/strict";
import {beforeEach, mock, test} from "node:test";
import {Computation} from "../../lib/figures/page/computing.js";

const SQUARE = "(x) => [x * x]";
let clock = 0;
let workers = [];

class FakeWorker {
  constructor() {
    this.asked = [];
    this.alive = true;
    workers.push(this);
  }

  postMessage(args) {
    this.asked.push(args);
  }

  terminate() {
    this.alive = false;
  }

  answer(took) {
    const args = this.asked.at(-1);
    this.onmessage({data: {leaves: [args[0] * args[0]], took}});
  }

  fail(message) {
    this.onerror({message, preventDefault: () => {}});
  }
}

beforeEach(() => {
  clock = 0;
  workers = [];
  globalThis.Worker = FakeWorker;
  mock.timers.reset();
  mock.restoreAll();
  mock.timers.enable({apis: ["setTimeout"]});
  mock.method(performance, "now", () => clock);
});

function wait(milliseconds) {
  clock += milliseconds;
  mock.timers.tick(milliseconds);
}

/** A computation, ask(x) to request x², and the list of what was answered. */
function start(source = SQUARE) {
  const make = () => new Function(`return ${source}`)();
  const computation = new Computation({source, make});
  const answers = [];
  const ask = (x) =>
    computation.request(
      [x],
      (leaves) => answers.push(leaves[0]),
      (error) => answers.push(error.message),
    );
  return {computation, ask, answers};
}

/** The same after a first run that was slow. */
function slow() {
  const started = start();
  started.ask(0);
  workers[0].answer(400);
  started.answers.length = 0;
  return started;
}

test("the first run is a worker's, and a quick function runs in the page from then on", () => {
  const {computation, ask, answers} = start();
  ask(2);
  assert.deepEqual(answers, []);
  assert.ok(computation.busy);
  workers[0].answer(3);
  assert.deepEqual(answers, [4]);
  assert.ok(!computation.busy);
  assert.ok(!workers[0].alive);
  ask(3);
  assert.deepEqual(answers, [4, 9]);
  assert.equal(workers.length, 1);
});

test("a slow function stays in its worker", () => {
  const {ask, answers} = slow();
  ask(3);
  assert.deepEqual(answers, []);
  workers[0].answer(400);
  assert.deepEqual(answers, [9]);
  assert.equal(workers.length, 1);
});

test("of requests that arrive while one runs, only the latest is computed", () => {
  const {ask, answers} = slow();
  for (const x of [1, 2, 3, 4]) ask(x);
  wait(100);
  workers[0].answer(100);
  assert.deepEqual(answers, [1]);
  workers[0].answer(100);
  assert.deepEqual(answers, [1, 16]);
  assert.deepEqual(workers[0].asked, [[0], [1], [4]]);
});

test("a run that is out of date is given up once it has taken too long", () => {
  const {ask, answers} = slow();
  ask(1);
  wait(200);
  ask(2);
  wait(49);
  assert.ok(workers[0].alive);
  wait(1);
  assert.ok(!workers[0].alive);
  assert.deepEqual(workers[1].asked, [[2]]);
  workers[1].answer(400);
  assert.deepEqual(answers, [4]);
});

test("a run that nothing overtakes may take as long as it likes", () => {
  const {ask, answers} = slow();
  ask(1);
  wait(60_000);
  assert.ok(workers[0].alive);
  workers[0].answer(60_000);
  assert.deepEqual(answers, [1]);
});

test("each run that is given up leaves the next one twice the time, so that a drag is drawn", () => {
  const {ask, answers} = slow();
  let x = 1;
  ask(x);
  const lives = [];
  for (let end = 0; end < 3; end += 1) {
    const born = clock;
    const worker = workers.at(-1);
    while (worker.alive) {
      wait(10);
      x += 1;
      ask(x);
    }
    lives.push(clock - born);
  }
  // The time is the worker's: a new one is asked at the moment at which the old one is given up.
  assert.deepEqual(lives, [250, 500, 1000]);
  wait(1500);
  workers.at(-1).answer(1500);
  assert.equal(answers.length, 1);
});

test("the patience follows what a run took, between a quarter of a second and one second", () => {
  for (const [took, patience] of [
    [50, 250],
    [300, 600],
    [5000, 1000],
  ]) {
    const {computation, ask} = slow();
    ask(1);
    wait(took);
    workers.at(-1).answer(took);
    assert.equal(computation.patience, patience);
    workers.length = 0;
  }
});

test("an error of the function is told, and the next request is computed", () => {
  const {ask, answers} = slow();
  ask(1);
  workers[0].fail("Uncaught RangeError");
  assert.deepEqual(answers, ["Uncaught RangeError"]);
  ask(2);
  workers[1].answer(400);
  assert.deepEqual(answers, ["Uncaught RangeError", 4]);
});

test("an error in the page is told as well", () => {
  const {ask, answers} = start("(x) => { if (x === 2) throw new Error('two'); return [x]; }");
  ask(1);
  workers[0].answer(1);
  ask(2);
  ask(3);
  assert.deepEqual(answers, [1, "two", 3]);
});

test("a page that forbids workers computes all the same", () => {
  globalThis.Worker = class {
    constructor() {
      throw new Error("forbidden");
    }
  };
  const thrown = start();
  thrown.ask(2);
  thrown.ask(3);
  assert.deepEqual(thrown.answers, [4, 9]);

  globalThis.Worker = FakeWorker;
  const silent = start();
  silent.ask(2);
  silent.ask(3);
  workers[0].fail(""); // the worker never started: its error has no words
  assert.deepEqual(silent.answers, [4, 9]);
});
