export default {
  testEnvironment: "jsdom",
  testMatch: ["<rootDir>/src/tests/**/*.test.{js,jsx}"],
  setupFilesAfterEnv: ["<rootDir>/src/tests/setup.js"],
  moduleNameMapper: {
    "\\.(css|svg)$": "<rootDir>/src/tests/emptyModule.cjs",
    /* Node can't read import.meta.env, which Vite fills in. */
    "/app/env$": "<rootDir>/src/tests/env.js",
  },
  transform: {
    "/messages/[\\w-]+\\.json$": "<rootDir>/scripts/messages.mjs",
    "\\.jsx?$": "babel-jest",
  },
  transformIgnorePatterns: ["/node_modules/(?!marked/)"],
  restoreMocks: true,
  /* What takes longer hangs. The first test of a file waits until its page is compiled, on cores that are shared. */
  testTimeout: 90_000,
  collectCoverageFrom: ["src/**/*.{js,jsx}", "!src/tests/**"],
  coverageReporters: ["text-summary", "lcov"],
  coverageThreshold: { global: { statements: 80, branches: 80, functions: 80, lines: 80 } },
};
