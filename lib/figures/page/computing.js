// Runs a figure's function: in the page where it is quick, in a worker where it is not, so that a
// long computation never freezes the page. The first run, in a worker, tells which it is.

const QUICK = 8; // milliseconds, half of the time between two frames
const WARM_UP = 300; // milliseconds in which a worker repeats its first run, unless that is long:
// the browser compiles a function to fast code only after it has run for a while
const PATIENCE = 250; // milliseconds at least after which a run that is out of date is given up,
const LONGEST = 1000; // and at most, unless one after the other had to be given up

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
  const address = URL.createObjectURL(new Blob([script], {type: "text/javascript"}));
  const worker = new Worker(address);
  URL.revokeObjectURL(address);
  return worker;
}

/** @import {FigureFunction, Leaf} from "./types" */

/**
 * @typedef {object} Request
 * @property {number[]} args
 * @property {(leaves: Leaf[]) => void} done
 * @property {(error: Error) => void} failed
 */

export class Computation {
  /** @param {FigureFunction} figureFunction */
  constructor({source, make}) {
    this.source = source;
    this.make = make;
    /** @type {((...args: number[]) => Leaf[]) | null} */
    this.compiled = null;
    /** @type {Worker | null} */
    this.worker = null;
    this.took = Infinity; // milliseconds of the last run; nobody knows yet
    this.slow = true; // whether some run was not quick
    this.workerFails = false; // whether the page forbids workers
    /** @type {(Request & {since: number}) | null} the request that the worker is at */
    this.running = null;
    /** @type {Request | null} the latest request, when the worker is at an older one */
    this.waiting = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} until the one that runs is given up */
    this.giving = undefined;
    this.patience = PATIENCE; // milliseconds for the next run; longer where runs turn out to be long
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
    const request = {args, done, failed};
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
  here({args, done, failed}) {
    let leaves;
    try {
      leaves = this.now(args);
    } catch (error) {
      failed(/** @type {Error} */ (error));
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
    this.running = {...request, since};
    const answered = (answer) => {
      this.release();
      answer();
      if (this.waiting && !this.running) this.startLatest();
    };
    this.worker.onmessage = ({data}) => {
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
      this.workerFails = !event.message; // without one it is the worker that failed to start
      answered(() =>
        this.workerFails ? this.here(request) : request.failed(new Error(event.message)),
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
    this.giving = undefined;
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
}
