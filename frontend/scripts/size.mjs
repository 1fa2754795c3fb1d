/* Fails when the JavaScript that a first visit loads is heavier than the budget, or the mock is in it. Run after a build. */
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 180;
const DIST = new URL("../dist/", import.meta.url);

const manifest = JSON.parse(await readFile(new URL(".vite/manifest.json", DIST), "utf8"));

/** Everything that these chunks pull in before they can run. */
function closure(keys, seen = new Set()) {
  for (const key of keys) {
    if (seen.has(key)) continue;
    seen.add(key);
    closure(manifest[key].imports ?? [], seen);
  }
  return seen;
}

async function weigh(keys) {
  const files = new Set(
    [...keys].map((key) => manifest[key].file).filter((file) => file.endsWith(".js")),
  );
  let bytes = 0;
  for (const file of files) bytes += gzipSync(await readFile(new URL(file, DIST))).length;
  return bytes / 1000;
}

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
let heaviest = 0;
for (const page of manifest[entry].dynamicImports ?? []) {
  const kilobytes = await weigh(closure([entry, page]));
  heaviest = Math.max(heaviest, kilobytes);
  console.log(`${kilobytes.toFixed(1).padStart(6)} kB gzipped  ${page}`);
}

if (Object.keys(manifest).some((key) => key.includes("mockApi"))) {
  console.error("The mock of the API belongs in no build.");
  process.exitCode = 1;
}

const all = await weigh(Object.keys(manifest));
console.log(`${all.toFixed(1).padStart(6)} kB gzipped  all of it`);
if (heaviest > BUDGET_KB) {
  console.error(`A first visit may load ${BUDGET_KB} kB of JavaScript.`);
  process.exitCode = 1;
}
