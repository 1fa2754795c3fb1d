import { defineConfig } from "@playwright/test";

import { findChromium } from "./scripts/findChromium.mjs";

const OURS = "http://127.0.0.1:8123";

export default defineConfig({
  testDir: "browser",
  fullyParallel: true,
  workers: 1, // the browser and the server share two cores, and an answer is short
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
