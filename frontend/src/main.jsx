import "@fontsource-variable/atkinson-hyperlegible-next";
import "./index.css";

import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";

import { App } from "./App";
import { queryClient } from "./app/queryClient";
import { keepEmergencyNumbers } from "./app/serviceWorker";
import english from "./messages/en.json";
import "./stores/themeStore";
import { speak } from "./utils/i18n";

speak("en-GB", english);
/* Spelled out here, so that a build drops the mock: there DEV is false. */
if (import.meta.env.DEV && import.meta.env.VITE_USE_MOCK_API === "true") {
  const { startMock } = await import("./services/mockApi");
  startMock();
}

createRoot(document.getElementById("root")).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <BrowserRouter>
        <App />
      </BrowserRouter>
    </QueryClientProvider>
  </StrictMode>,
);

if (import.meta.env.PROD) keepEmergencyNumbers();
