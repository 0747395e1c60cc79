// Runs translated functions for the tests: one JSON request a line in, one JSON answer a line out.
const readline = require("node:readline");

const compiled = new Map();

const decode = ({shape, bytes}) => {
  const buffer = Buffer.from(bytes, "base64");
  const numbers = new Float64Array(
    buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.length),
  );
  return shape.length ? numbers : numbers[0];
};

const encode = (leaf) => {
  const numbers = typeof leaf === "number" ? Float64Array.of(leaf) : leaf;
  if (!(numbers instanceof Float64Array)) throw new TypeError(`a leaf is ${typeof leaf}`);
  return {scalar: typeof leaf === "number", bytes: Buffer.from(numbers.buffer).toString("base64")};
};

readline.createInterface({input: process.stdin}).on("line", (line) => {
  const {source, calls} = JSON.parse(line);
  let answer;
  try {
    if (!compiled.has(source)) compiled.set(source, new Function(`return ${source}`)());
    const run = compiled.get(source);
    // All calls before any result is read: a call must not change what an earlier one returned.
    const results = calls.map((args) => run(...args.map(decode)));
    answer = {value: results.map((leaves) => leaves.map(encode))};
  } catch (error) {
    answer = {error: String(error.stack)};
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});
