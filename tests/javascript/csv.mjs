// Prints the table of a figure whose specification, leaves and settings are read as JSON.
import {readFileSync} from "node:fs";
import "../../lib/figures/vendor/plot.js";
import {csv} from "../../lib/figures/page/files.js";

const {spec, leaves, settings} = JSON.parse(readFileSync(0, "utf8"));
const read = leaves.map((leaf) => (Array.isArray(leaf) ? Float64Array.from(leaf) : leaf));
process.stdout.write(csv(spec, read, settings));
