import { execFileSync } from "node:child_process";

import { defineConfig } from "@playwright/test";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];
const OURS = "http://127.0.0.1:8123";

function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const finder = process.platform === "win32" ? "where" : "which";
  for (const name of NAMES) {
    try {
      return execFileSync(finder, [name], { encoding: "utf8" }).split(/\r?\n/)[0];
    } catch {
      /* The next name. */
    }
  }
  throw new Error("No Chromium on the path; CHROMIUM names one.");
}

export default defineConfig({
  testDir: "browser",
  fullyParallel: true,
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  forbidOnly: Boolean(process.env.CI),
  reporter: "list",
  use: {
    baseURL: process.env.VEDA_URL ?? OURS,
    viewport: { width: 1280, height: 800 },
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: findChromium(),
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
  webServer: process.env.VEDA_URL
    ? undefined
    : {
        command: "node browser/server.js",
        url: `${OURS}/health`,
        timeout: 120_000,
        reuseExistingServer: false,
        gracefulShutdown: { signal: "SIGTERM", timeout: 10_000 },
      },
});
