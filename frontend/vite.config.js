import { readFileSync } from "node:fs";

import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

import { messages } from "./scripts/messages.mjs";

const BACKEND = process.env.VEDA_BACKEND ?? "http://localhost:8000"; // another in a container
const SERVED_BY_DJANGO = ["/api", "/uploads", "/emergency", "/admin", "/static", "/health"];

const FONT = new URL(
  "node_modules/@fontsource-variable/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-wght-normal.woff2",
  import.meta.url,
);

/** The font by a name that the style sheet of the server's own emergency page can know. */
const emergencyFont = () => ({
  name: "emergency-font",
  generateBundle() {
    this.emitFile({ type: "asset", fileName: "emergency.woff2", source: readFileSync(FONT) });
  },
});

export default defineConfig(({ command }) => ({
  base: command === "build" ? "/static/app/" : "/",
  plugins: [messages(), react(), tailwindcss(), emergencyFont()],
  build: {
    manifest: true,
    /* The content security policy allows no data: addresses for scripts and fonts. */
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: {
      ...Object.fromEntries(SERVED_BY_DJANGO.map((path) => [path, BACKEND])),
      "/ws": { target: BACKEND, ws: true },
    },
  },
}));
