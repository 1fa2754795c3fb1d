import js from "@eslint/js";
import prettier from "eslint-config-prettier";
import react from "eslint-plugin-react";
import reactHooks from "eslint-plugin-react-hooks";
import globals from "globals";

/* From the leaves to the pages: a folder imports only what stands before it. */
const LAYERS = ["utils", "app", "stores", "services", "hooks", "components", "pages"];
const LEAVES = ["contracts"];

/* All other words stand in src/messages. */
const WITHOUT_LANGUAGE = ["Veda", "·", ".", ",", ":", "“", "”"];

const zones = LAYERS.map((layer, index) => ({
  files: [`src/${layer}/**/*.{js,jsx}`],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: LAYERS.slice(index + 1).map((later) => ({
          regex: `^(\\.\\./)+${later}/(?!(${LEAVES.join("|")})$)`,
          message: `${layer} doesn't import from ${later}.`,
        })),
      },
    ],
  },
}));

export default [
  { ignores: ["dist/", "test-results/", "playwright-report/"] },
  js.configs.recommended,
  {
    files: ["src/**/*.{js,jsx}"],
    ...react.configs.flat.recommended,
    languageOptions: {
      ...react.configs.flat.recommended.languageOptions,
      globals: globals.browser,
    },
    settings: { react: { version: "19.2" } },
  },
  { files: ["src/**/*.{js,jsx}"], ...react.configs.flat["jsx-runtime"] },
  { files: ["src/**/*.{js,jsx}"], ...reactHooks.configs.flat.recommended },
  {
    files: ["src/**/*.{js,jsx}"],
    rules: {
      "react/prop-types": "off",
      "react/jsx-no-literals": ["error", { ignoreProps: true, allowedStrings: WITHOUT_LANGUAGE }],
      "no-unused-vars": ["error", { ignoreRestSiblings: true }],
    },
  },
  ...zones,
  {
    files: ["src/tests/**/*.{js,jsx}"],
    languageOptions: {
      globals: { ...globals.jest, ...globals.node, pictureAddresses: "readonly" },
    },
  },
  {
    files: ["*.js", "*.cjs", "scripts/**", "browser/**", "screenshots/**"],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
  },
  { files: ["public/service-worker.js"], languageOptions: { globals: globals.serviceworker } },
  { files: ["public/theme.js"], languageOptions: { globals: globals.browser } },
  prettier,
];
