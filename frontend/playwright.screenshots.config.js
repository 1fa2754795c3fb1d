import { defineConfig } from "@playwright/test";

import tests from "./playwright.config.js";

/** Pictures of every page and state, in shots/, for people to look at: on one server, and no test of anything. */
export default defineConfig({
  ...tests,
  testDir: "screenshots",
  testMatch: "*.shots.js",
  projects: tests.projects.slice(0, 1).map((project) => ({ ...project, testIgnore: [] })),
  webServer: tests.webServer.slice(0, 1),
  use: { ...tests.use, trace: "off", contextOptions: { reducedMotion: "reduce" } },
});
