import { defineConfig } from "@playwright/test";

import { chromium } from "./browser/chromium.js";

/** Veda as it comes, with a model host that answers, sees and hears, and with somebody in Google's place. */
const PLAIN = "http://127.0.0.1:8123";
const WITH_MODELS = "http://127.0.0.1:8124";
const WITH_GOOGLE = "http://127.0.0.1:8125";
const BEHIND_A_PROXY = "https://127.0.0.1:8126";
const NEEDS_MODELS = /(voice|pictures|withdrawn|support)\.spec\.js$/;
const NEEDS_GOOGLE = /google\.spec\.js$/;
const NEEDS_PROXY = /(headers|statistics)\.spec\.js$/;

const server = (address, ...more) => ({
  command: ["node browser/server.js", new URL(address).port, ...more].join(" "),
  url: `${address}/health`,
  ignoreHTTPSErrors: true,
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
      testIgnore: [NEEDS_MODELS, NEEDS_GOOGLE, NEEDS_PROXY],
      use: { baseURL: process.env.VEDA_URL ?? PLAIN },
    },
    {
      name: "models",
      testMatch: NEEDS_MODELS,
      use: { baseURL: process.env.VEDA_MODELS_URL ?? WITH_MODELS },
    },
    {
      name: "google",
      testMatch: NEEDS_GOOGLE,
      use: { baseURL: process.env.VEDA_GOOGLE_URL ?? WITH_GOOGLE },
    },
    {
      name: "behind a proxy",
      testMatch: NEEDS_PROXY,
      use: { baseURL: BEHIND_A_PROXY },
    },
  ],
  webServer: [
    ...(process.env.VEDA_URL ? [] : [server(PLAIN)]),
    ...(process.env.VEDA_MODELS_URL ? [] : [server(WITH_MODELS, "--models")]),
    ...(process.env.VEDA_GOOGLE_URL ? [] : [server(WITH_GOOGLE, "--google")]),
    server(BEHIND_A_PROXY, "--https", "--models"),
  ],
});
