// Runs a figure's function: in the page where it is quick, in a worker where it is not, so that a
// long computation never freezes the page. The first run, in a worker, tells which it is.

const QUICK = 8; // milliseconds, half of the time between two frames
const WARM_UP = 300; // milliseconds in which a worker repeats its first run, unless that is long:
// the browser compiles a function to fast code only after it has run for a while
const PATIENCE = 250; // milliseconds at least after which a run that is out of date is given up,
const LONGEST = 1000; // and at most, unless one after the other had to be given up

const compiled = (source) => new Function(`"use strict"; return (\n${source}\n);`)();

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

export class Computation {
  constructor(source) {
    this.source = source;
    this.took = Infinity; // milliseconds of the last run; nobody knows yet
    this.slow = true; // whether some run was not quick
    this.running = null; // the request that the worker is at
    this.waiting = null; // the latest request, when the worker is at an older one
    this.patience = PATIENCE; // milliseconds for the next run; longer where runs turn out to be long
  }

  /** The leaves at these arguments, computed in the page. */
  now(args) {
    this.run ??= compiled(this.source);
    const start = performance.now();
    const leaves = this.run(...args);
    this.took = performance.now() - start;
    this.slow ||= this.took >= QUICK;
    return leaves;
  }

  // Calls done(leaves), at once where the function is quick, or failed(error). A request that is
  // overtaken by a later one is answered only where that takes no more than the patience there is.
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

  here({args, done, failed}) {
    let leaves;
    try {
      leaves = this.now(args);
    } catch (error) {
      failed(error);
      return;
    }
    done(leaves);
  }

  elsewhere(request) {
    try {
      this.worker ??= startWorker(this.source);
    } catch {
      this.workerFails = true; // a page may forbid workers
      this.here(request);
      return;
    }
    this.running = {...request, since: performance.now()};
    const answered = (answer) => {
      this.release();
      answer();
      if (this.waiting && !this.running) this.startLatest();
    };
    this.worker.onmessage = ({data}) => {
      const first = this.took === Infinity;
      this.took = data.took;
      const elapsed = performance.now() - this.running.since;
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
    this.giving = null;
    this.running = null;
  }

  startLatest() {
    const {args, done, failed} = this.waiting;
    this.request(args, done, failed);
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
