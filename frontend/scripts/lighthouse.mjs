// Lighthouse on the built page, on a server of its own: the median of five. Fails below the bars. What is measured under
// load is lower than it would be. Usage: node scripts/lighthouse.mjs [--mobile]
import { execFileSync, spawn } from "node:child_process";

import { findChromium } from "./findChromium.mjs";

const LIGHTHOUSE = "lighthouse@12.8.2";
const BARS = { performance: 95, accessibility: 100, "best-practices": 100 };
const ROUNDS = 5;
const ADDRESS = "http://127.0.0.1:8127";
const CHROMIUM_FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"];

const npx = process.platform === "win32" ? "npx.cmd" : "npx";
const options = [
  `${ADDRESS}/login`,
  "--quiet",
  "--output=json",
  `--only-categories=${Object.keys(BARS)}`,
  `--chrome-flags=${CHROMIUM_FLAGS.join(" ")}`,
  ...(process.argv.includes("--mobile") ? [] : ["--preset=desktop"]),
];

async function started() {
  for (;;) {
    const answer = await fetch(`${ADDRESS}/health`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function measure() {
  const text = execFileSync(npx, ["--yes", LIGHTHOUSE, ...options], {
    env: { ...process.env, CHROME_PATH: findChromium() },
    maxBuffer: 64 * 1024 ** 2,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const { categories } = JSON.parse(text);
  return Object.fromEntries(
    Object.keys(BARS).map((name) => [name, Math.round(categories[name].score * 100)]),
  );
}

const server = spawn(process.execPath, ["browser/server.js", new URL(ADDRESS).port], {
  stdio: ["ignore", "ignore", "inherit"],
});
const endsEarly = () => process.exit(1);
server.once("exit", endsEarly);
try {
  await started();
  const rounds = Array.from({ length: ROUNDS }, measure);
  for (const [name, bar] of Object.entries(BARS)) {
    const scores = rounds.map((round) => round[name]).sort((one, other) => one - other);
    const median = scores[Math.floor(ROUNDS / 2)];
    console.log(`${name}: ${median} (${scores.join(", ")}), at least ${bar}`);
    if (median < bar) process.exitCode = 1;
  }
} finally {
  server.off("exit", endsEarly);
  server.kill("SIGTERM");
}
