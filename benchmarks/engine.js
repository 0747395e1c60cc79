// What benchmarks/engine.py asks for, a JSON request a line in and a JSON answer a line out: the
// results of a translated function, and how long some calls take, of it or of a loop in Pyodide.
const fs = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");

let translated;
let pyodide;

const answers = {
  load: ({source}) => {
    translated = new Function(`return ${source}`)();
  },
  results: ({args}) => translated(...args).map((x) => (typeof x === "number" ? x : [...x])),
  clock: ({args, calls}) => {
    const start = performance.now();
    for (let i = 0; i < calls; i += 1) translated(...args);
    return performance.now() - start;
  },
  // Whether NumPy is there, too: a wheel in the folder, or from the network.
  pyodide: async ({folder, files}) => {
    const {loadPyodide} = require(path.join(folder, "node_modules", "pyodide", "pyodide.js"));
    pyodide = await loadPyodide({packageCacheDir: folder, stdout: () => {}, stderr: () => {}});
    for (const file of files) pyodide.FS.writeFile(path.basename(file), fs.readFileSync(file));
    const silent = {messageCallback: () => {}, errorCallback: () => {}};
    await pyodide.loadPackage("numpy", silent).catch(() => {});
    pyodide.runPython("import sys; sys.path.insert(0, '.'); import loops");
    return "numpy" in pyodide.loadedPackages;
  },
  python: ({module, name, args, calls}) =>
    pyodide.runPython(`
import json, loops, ${module}
loops.clock(${module}.${name}, json.loads('${JSON.stringify(args)}'), ${calls})`),
};

const answer = async (line) => {
  const {what, ...request} = JSON.parse(line);
  try {
    return {value: await answers[what](request)};
  } catch (error) {
    return {error: String(error)};
  }
};

let last = Promise.resolve();
readline.createInterface({input: process.stdin}).on("line", (line) => {
  last = last.then(() => answer(line)).then((found) => console.log(JSON.stringify(found)));
});
