import { defineConfig } from "@playwright/test";

import { chromium } from "./browser/chromium.js";

/** Veda as it comes, and with a model host that answers, sees and hears. */
const PLAIN = "http://127.0.0.1:8123";
const WITH_MODELS = "http://127.0.0.1:8124";
const NEEDS_MODELS = /(voice|pictures)\.spec\.js$/;

const server = (address, ...more) => ({
  command: ["node browser/server.js", new URL(address).port, ...more].join(" "),
  url: `${address}/health`,
  timeout: 120_000,
  reuseExistingServer: false,
  gracefulShutdown: { signal: "SIGTERM", timeout: 10_000 },
});

export default defineConfig({
  testDir: "browser",
  fullyParallel: true,
  workers: 1, // the browser and the servers share two cores, and an answer is short
  timeout: 60_000,
  expect: { timeout: 15_000 },
  forbidOnly: Boolean(process.env.CI),
  reporter: "list",
  use: {
    viewport: { width: 1280, height: 800 },
    trace: "retain-on-failure",
    launchOptions: chromium(),
  },
  projects: [
    {
      name: "plain",
      testIgnore: NEEDS_MODELS,
      use: { baseURL: process.env.VEDA_URL ?? PLAIN },
    },
    {
      name: "models",
      testMatch: NEEDS_MODELS,
      use: { baseURL: process.env.VEDA_MODELS_URL ?? WITH_MODELS },
    },
  ],
  webServer: [
    ...(process.env.VEDA_URL ? [] : [server(PLAIN)]),
    ...(process.env.VEDA_MODELS_URL ? [] : [server(WITH_MODELS, "--models")]),
  ],
});
