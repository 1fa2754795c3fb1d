// Milliseconds from a cold navigation to a page that can be used: the sign-in button is there. Median of five, each in
// a new browser context with an empty cache. Usage: node scripts/pageLoad.mjs http://127.0.0.1:8000
import { chromium } from "@playwright/test";
import { findChromium } from "./findChromium.mjs";

const [address] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: findChromium(),
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
  ],
});
const times = [];
for (let round = 0; round < 5; round += 1) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const started = performance.now();
  await page.goto(`${address}/login`, { waitUntil: "commit" });
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  times.push(performance.now() - started);
  await context.close();
}
await browser.close();
times.sort((a, b) => a - b);
console.log(Math.round(times[2]));
