/* The licence of each package that is in the page; one of another kind than these fails. */
import { readFileSync } from "node:fs";

const KNOWN = /^(MIT|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0|OFL-1\.1|MPL-2\.0)$/;

const { packages } = JSON.parse(
  readFileSync(new URL("../package-lock.json", import.meta.url), "utf8"),
);
for (const [path, { version, license, dev }] of Object.entries(packages)) {
  if (!path || dev) continue;
  const known = KNOWN.test(license);
  console.log(
    `${path.split("node_modules/").at(-1)},${version},${license}${known ? "" : " ← not one that is known"}`,
  );
  if (!known) process.exitCode = 1;
}
