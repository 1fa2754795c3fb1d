import { defineConfig } from "@playwright/test";

import tests from "./playwright.config.js";

const SERVERS = 2; // as it comes, and with models

/** Pictures of every page and state, in shots/, for people to look at: no test of anything. */
export default defineConfig({
  ...tests,
  testDir: "screenshots",
  projects: tests.projects.slice(0, SERVERS).map(({ name, use }) => ({
    name,
    use,
    testMatch: name === "models" ? "models.shots.js" : "{chat,doors,people}.shots.js",
  })),
  webServer: tests.webServer.slice(0, SERVERS),
  use: { ...tests.use, trace: "off", contextOptions: { reducedMotion: "reduce" } },
});
