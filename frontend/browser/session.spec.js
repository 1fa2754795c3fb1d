import { expect, test } from "@playwright/test";

import { expectNoViolations } from "./axe";
import { answers, ask, finished, MIGRAINE, register, send, signIn } from "./patient";

const OFFLINE =
  "You are offline. Emergency numbers still work. What you write waits on this page and is sent when you are back; keep the page open.";

test("the emergency numbers are there without a network, and nothing else is kept", async ({
  page,
  context,
}) => {
  await register(page);
  await ask(page, MIGRAINE);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await context.setOffline(true);
  await expect(page.getByText(OFFLINE)).toBeVisible({ timeout: 2_000 });
  await page.getByRole("link", { name: "Emergency numbers" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Emergency numbers" })).toBeVisible();
  await expect(page.locator("a[href^='tel:']").first()).toBeVisible();
  const rules = await page.evaluate(() => document.styleSheets[0].cssRules.length);
  expect(rules).toBeGreaterThan(0);
  const kept = await page.evaluate(async () => {
    const caches = await window.caches.keys();
    const cache = await window.caches.open(caches[0]);
    const requests = await cache.keys();
    return [caches.length, ...requests.map(({ url }) => new URL(url).pathname).sort()];
  });
  expect(kept).toEqual([
    1,
    "/emergency",
    "/static/app/emergency.woff2",
    "/static/app/favicon.svg",
    "/static/app/offline.html",
    "/static/app/theme.js",
    "/static/veda/emergency.css",
  ]);
});

test("any page that can't be loaded without a network leads to the emergency numbers", async ({
  page,
  context,
}) => {
  await page.goto("/login");
  await page.evaluate(() => navigator.serviceWorker.ready);
  await context.setOffline(true);
  await page.goto("/register");
  await expect(page.getByRole("heading", { level: 1, name: "You are offline" })).toBeVisible();
  await page.getByRole("link", { name: "Emergency numbers" }).click();
  await expect(page.locator("a[href^='tel:']").first()).toBeVisible();
  await page.goto("/emergency?country=IE");
  await expect(page.locator("#IE a[href='tel:112']")).toBeVisible();
  await context.setOffline(false);
  await page.goto("/emergency?country=IE");
  await expect(page.locator("section").first()).toHaveAttribute("id", "IE");
  await context.setOffline(true);
  await page.goto("/emergency");
  await expect(page.locator("section").first()).not.toHaveAttribute("id", "IE");
});

test("a country is chosen, and every failed page leads there, without JavaScript", async ({
  browser,
  baseURL,
}) => {
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL });
  const page = await context.newPage();
  for (const address of ["/", "/chat", "/nowhere", "/admin/"]) {
    await page.goto(address);
    await page.getByRole("link", { name: "Emergency numbers" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Emergency numbers" })).toBeVisible();
  }
  await page.getByLabel("Your country").selectOption("IE");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(page.locator("section").first()).toHaveAttribute("id", "IE");
  await expect(page.getByLabel("Numbers for")).toHaveValue("IE");
  await context.close();
});

for (const [locale, number, where] of [
  ["en-GB", "Call 999", "United Kingdom, as your browser’s language suggests"],
  ["de", "Call 112", "In any country of the European Union"],
]) {
  test(`whom to call stands on the smallest screen before a country is known: ${locale}`, async ({
    browser,
    baseURL,
  }) => {
    const viewport = { width: 320, height: 640 };
    const context = await browser.newContext({ viewport, locale, baseURL });
    const page = await context.newPage();
    await page.goto("/emergency");
    const first = page.locator("a[href^='tel:']").first();
    await expect(first).toBeInViewport({ ratio: 1 });
    await expect(first).toContainText(number);
    await expect(first).toContainText(where);
    await expectNoViolations(page, "emergency numbers");
    await page.getByRole("link", { name: "Back to your conversations" }).click();
    await expect(page).toHaveURL(/\/login/);
    await context.close();
  });
}

test("a question asked without a network waits, is never called unsent, and is answered once", async ({
  page,
  context,
}) => {
  await register(page);
  await ask(page, MIGRAINE);
  await context.setOffline(true);
  await send(page, "what can I do for heartburn?");
  await expect(page.getByText("Waiting for the network")).toBeVisible({ timeout: 2_000 });
  await page.waitForTimeout(21_000);
  await expect(page.getByText("Waiting for the network")).toBeVisible();
  await expect(page.getByText("Not sent")).toBeHidden();
  await context.setOffline(false);
  await expect(answers(page)).toHaveCount(2);
  await finished(page);
  await expect(page.getByText(OFFLINE)).toBeHidden();
});

test("the first question of all can be asked without a network", async ({ page, context }) => {
  await register(page);
  await context.setOffline(true);
  await expect(page.getByText(OFFLINE)).toBeVisible({ timeout: 2_000 });
  await send(page, MIGRAINE);
  await expect(page.getByText("Waiting for the network")).toBeVisible();
  await context.setOffline(false);
  await expect(answers(page)).toHaveCount(1);
  await finished(page);
});

test("signing out reaches the other tabs at once", async ({ page, context }) => {
  await register(page);
  await ask(page, MIGRAINE);
  const other = await context.newPage();
  const sockets = [];
  other.on("websocket", (socket) => sockets.push(socket));
  await other.goto(page.url());
  await finished(other);
  await expect.poll(() => sockets.length).toBe(1);

  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(other.getByRole("heading", { name: "Sign in" })).toBeVisible({ timeout: 2_000 });
  await expect(other).toHaveURL(/\/login$/);
  await expect(other.getByText("migraine")).toHaveCount(0);
  await expect.poll(() => sockets[0].isClosed()).toBe(true);
});

test("somebody else's signing in leaves nothing of the former one's in another tab", async ({
  page,
  context,
}) => {
  const somebodyElse = await register(page);
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  const other = await context.newPage();
  await other.goto("/login");
  await register(other);
  await ask(other, MIGRAINE);

  await page.bringToFront();
  await page.getByLabel("E-mail").fill(somebodyElse);
  await page.getByLabel("Password", { exact: true }).fill("three words in a row");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: /What would you like/ })).toBeVisible();
  await expect(other.getByRole("heading", { name: /What would you like/ })).toBeVisible();
  await expect(other).toHaveURL(/\/chat$/);
  await expect(answers(other)).toHaveCount(0);
  await expect(other.getByRole("navigation", { name: "Your conversations" })).not.toContainText(
    "migraine",
  );
});

test("a first visit asks for no token and leaves the console clean", async ({ page }) => {
  const asked = [];
  const errors = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.goto("/chat");
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  expect(asked).not.toContain("/api/auth/refresh");
  expect(errors).toEqual([]);

  const email = await register(page);
  const stored = () => page.evaluate(() => ({ ...localStorage }));
  expect(await stored()).toEqual({ "veda.signed-in": "1" });
  await page.reload();
  await expect(page.getByRole("heading", { name: /What would you like/ })).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  expect(await stored()).toEqual({});
  await signIn(page, email);
  await expect(page.getByRole("heading", { name: /What would you like/ })).toBeVisible();
});
