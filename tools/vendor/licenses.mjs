// Prints the licences of the packages that esbuild's metafile says are in the bundle.
import { existsSync, readFileSync } from "node:fs";

const meta = JSON.parse(readFileSync(process.argv[2], "utf8"));
const folders = new Set();
for (const output of Object.values(meta.outputs)) {
  for (const [file, { bytesInOutput }] of Object.entries(output.inputs)) {
    const folder = file.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//)?.[1];
    if (folder && bytesInOutput > 0) folders.add(folder);
  }
}
for (const folder of [...folders].sort()) {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  const text = ["LICENSE", "LICENSE.txt", "LICENSE.md"].find((file) => existsSync(`${folder}/${file}`));
  console.log(`===== ${name} ${version} (${license}) =====\n`);
  console.log(text ? readFileSync(`${folder}/${text}`, "utf8").trim() : "(the package carries no licence text)");
  console.log();
}
