import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

import { messages } from "./scripts/messages.mjs";

const BACKEND = process.env.VEDA_BACKEND ?? "http://localhost:8000"; // another in a container
const SERVED_BY_DJANGO = ["/api", "/uploads", "/emergency", "/admin", "/static", "/health"];

export default defineConfig(({ command }) => ({
  base: command === "build" ? "/static/app/" : "/",
  plugins: [messages(), react(), tailwindcss()],
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
