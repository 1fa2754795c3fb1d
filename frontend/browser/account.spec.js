import { readFileSync } from "node:fs";

import { expect, test } from "@playwright/test";

import { expectNoViolations } from "./axe";
import { linksTo } from "./mail";
import {
  agreeToNeeded,
  ask,
  finished,
  MIGRAINE,
  openAccount,
  PASSWORD,
  register,
  signIn,
} from "./patient";

const NEW_PASSWORD = "quite another four words";
const REFRESH = "/api/auth/refresh";

const section = (page, name) => page.getByRole("region", { name });
const welcome = (page) => page.getByRole("heading", { name: /What would you like/ });
const signedOut = (page) => page.getByRole("heading", { name: "Sign in" });

/** Another browser, in which the same patient is signed in. */
async function elsewhere(browser, email, path = "/chat") {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await signIn(page, email);
  await expect(welcome(page)).toBeVisible();
  if (path !== "/chat") await page.goto(path);
  return page;
}

async function withPassword(page, action, password) {
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Your password").fill(password);
  await dialog.getByRole("button", { name: action }).click();
}

test("a new password signs out the other device, in the middle of a conversation", async ({
  page,
  browser,
}) => {
  const email = await register(page);
  await ask(page, MIGRAINE);
  const other = await elsewhere(browser, email, page.url());
  await finished(other);

  await openAccount(page);
  const devices = section(page, "Devices").getByRole("listitem");
  await expect(devices).toHaveCount(2);
  await expect(devices.filter({ hasText: "this device" })).toHaveCount(1);

  const password = section(page, "Password");
  await password.getByLabel("Current password").fill(PASSWORD);
  await password.getByLabel("New password").fill(NEW_PASSWORD);
  await password.getByRole("button", { name: "Change the password" }).click();
  await expect(password.getByText("Your password is changed.")).toBeVisible();

  await expect(signedOut(other)).toBeVisible();
  await expect(other.getByText("You were signed out")).toBeVisible();
  await expect(other.getByText("migraine")).toHaveCount(0);

  await page.reload();
  await expect(devices).toHaveCount(1);
  await signIn(other, email, NEW_PASSWORD);
  await expect(other).toHaveURL(/\/chat\/[\w-]+$/);
  await finished(other);
  await other.context().close();
});

test("a device is signed out from the list", async ({ page, browser }) => {
  const email = await register(page);
  const other = await elsewhere(browser, email, "/account");
  await expect(section(other, "Devices").getByRole("listitem")).toHaveCount(2);
  await openAccount(page);
  const there = section(page, "Devices")
    .getByRole("listitem")
    .filter({ hasNotText: "this device" });
  await there.getByRole("button", { name: /^Sign out/ }).click();
  await expect(there).toHaveCount(0);
  await expect(section(page, "Devices").getByText(/is signed out\.$/)).toBeVisible();

  await section(other, "Your details").getByRole("button", { name: "Save" }).click();
  await expect(signedOut(other)).toBeVisible();
  await expect(other.getByText("You were signed out")).toBeVisible();
  await other.context().close();
});

test("what was agreed to is taken back and asked for again, and nothing written is lost", async ({
  page,
  context,
}) => {
  await register(page);
  await ask(page, MIGRAINE);
  const conversation = page.url();
  const other = await context.newPage();
  await other.goto("/account");
  const agreements = section(other, "What you agreed to");
  await agreements.getByRole("button", { name: /^Agree: staff/ }).click();
  await expect(agreements.getByText(/You have agreed/)).toBeVisible();

  await agreements.getByRole("button", { name: /^Take back: use of my health/ }).click();
  await other.getByRole("dialog").getByRole("button", { name: "Take it back" }).click();
  await expect(agreements.getByText(/You have taken back/)).toBeVisible();

  await page.bringToFront();
  await page.getByLabel("Your message").fill("and what about my knee?");
  await page.getByLabel("Your message").press("Enter");
  await expect(page.getByText("You took back an agreement that Veda needs.")).toBeVisible();
  await agreeToNeeded(page);
  await page.getByRole("button", { name: "Go on to Veda" }).click();
  await expect(page).toHaveURL(conversation);
  await expect(page.getByText("and what about my knee?")).toBeVisible();
  await page.getByRole("button", { name: "Send again" }).click();
  await expect(page.getByRole("article", { name: "Answer from Veda" })).toHaveCount(2);
  await finished(page);
});

test("everything is downloaded as one file, and then deleted", async ({ page }) => {
  const email = await register(page);
  await ask(page, MIGRAINE);
  await openAccount(page);
  await page.getByRole("button", { name: "Download your data" }).click();
  await withPassword(page, "Download", "not this one at all");
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Your password")).toHaveAccessibleDescription(/password/);
  await expect(dialog.getByLabel("Your password")).toBeFocused();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    withPassword(page, "Download", PASSWORD),
  ]);
  expect(download.suggestedFilename()).toMatch(/^veda-export-\d{4}-\d\d-\d\d\.zip$/);
  const zip = readFileSync(await download.path());
  expect(zip.subarray(0, 4).toString("latin1")).toBe("PK\x03\x04");
  expect(zip.includes("index.html")).toBe(true);
  await expect(section(page, "Your data").getByText("is in the file")).toBeVisible();

  await page.getByRole("button", { name: "Delete your account" }).click();
  await withPassword(page, "Delete", PASSWORD);
  await expect(signedOut(page)).toBeVisible();
  await expect(page.getByText("Your account is deleted")).toBeVisible();
  expect(await page.evaluate(() => ({ ...localStorage }))).toEqual({});
  await signIn(page, email);
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(signedOut(page)).toBeVisible();
});

test("the address is confirmed by the link in the mail, and by nobody who only opens it", async ({
  page,
  baseURL,
}) => {
  const email = await register(page);
  const [link] = await linksTo("/confirm-email", email, baseURL);
  await openAccount(page);
  const mail = section(page, "E-mail");
  await expect(mail.getByText("isn’t confirmed yet")).toBeVisible();
  await mail.getByRole("button", { name: "Send the link again" }).click();
  await expect(mail.getByText("A link is on its way")).toBeVisible();
  await linksTo("/confirm-email", email, baseURL, 2);

  await page.goto(link);
  await expect(page.getByRole("heading", { name: "Confirm your e-mail address" })).toBeVisible();
  await expect(page).toHaveURL(/\/confirm-email$/);
  await page.goto("/account");
  await expect(mail.getByText("isn’t confirmed yet")).toBeVisible();
  await page.goto(link);
  await page.getByRole("button", { name: "Yes, it is mine" }).click();
  await expect(page.getByText("Your e-mail address is confirmed")).toBeVisible();
  await page.goto("/account");
  await expect(mail.getByText("This address is confirmed.")).toBeVisible();
});

test("everything here goes by keyboard", async ({ page }) => {
  await register(page);
  await page.getByRole("link", { name: /^Your account/ }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Your account" })).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(page.getByLabel("Name")).toBeFocused();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("Peggy Ellis");
  await page.keyboard.press("Enter");
  await expect(section(page, "Your details").getByText("are saved.")).toBeVisible();
  await expect(page.getByRole("status").last()).toHaveText("Your details are saved.");

  await page.getByRole("button", { name: "Delete your account" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Delete your account?" })).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(page.getByLabel("Your password")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("Your password")).toHaveAccessibleDescription(
    "Write your password.",
  );
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Delete your account" })).toBeFocused();
});

test("two tabs whose token has run out refresh it once, and so do two that open together", async ({
  page,
  context,
}) => {
  await register(page);
  const watcher = await context.newPage();
  await watcher.goto("/emergency");
  /** How many tabs wait for their turn. */
  const waiting = () =>
    watcher.evaluate(async () => (await navigator.locks.query()).pending.length);
  const refreshes = [];
  context.on("request", (request) => {
    if (request.url().endsWith(REFRESH)) refreshes.push(request);
  });
  const other = await context.newPage();
  await other.goto("/account");
  await page.goto("/account");
  await expect(section(other, "Devices").getByRole("listitem")).toHaveCount(1);
  await expect(section(page, "Devices").getByRole("listitem")).toHaveCount(1);

  /* Every token is too old but the next one, which comes only when the other tab waits for it too. */
  let fresh = null;
  await context.route("**/api/auth/me", (route) => {
    if (route.request().headers().authorization === `Bearer ${fresh}`) return route.continue();
    const error = { code: "invalid_token", message: "Please sign in again." };
    return route.fulfill({ status: 401, json: { error } });
  });
  await context.route(`**${REFRESH}`, async (route) => {
    await expect.poll(waiting).toBe(1);
    const response = await route.fetch();
    fresh = (await response.json()).access;
    await route.fulfill({ response });
  });
  refreshes.length = 0;
  const save = (tab) => section(tab, "Your details").getByRole("button", { name: "Save" }).click();
  await Promise.all([save(page), save(other)]);
  for (const tab of [page, other]) {
    await expect(tab.getByText("Your details are saved.").first()).toBeVisible();
  }
  expect(refreshes).toHaveLength(1);

  await context.unroute("**/api/auth/me");
  refreshes.length = 0;
  await Promise.all([page.reload(), other.reload()]);
  for (const tab of [page, other]) {
    await expect(tab.getByRole("heading", { name: "Your account" })).toBeVisible();
  }
  expect(refreshes).toHaveLength(1);
});

test("whoever signs out and closes the page at once is signed out at the server", async ({
  page,
  browser,
}) => {
  const email = await register(page);
  const other = await elsewhere(browser, email, "/account");
  await expect(section(other, "Devices").getByRole("listitem")).toHaveCount(2);
  await page.getByRole("button", { name: "Sign out" }).evaluate((button) => button.click());
  await page.close();
  await expect(async () => {
    await other.reload();
    await expect(section(other, "Devices").getByRole("listitem")).toHaveCount(1, {
      timeout: 1_000,
    });
  }).toPass({ timeout: 10_000 });
  await other.context().close();
});

for (const colorScheme of ["light", "dark"]) {
  for (const [name, viewport] of [
    ["desktop", { width: 1280, height: 800 }],
    ["phone", { width: 320, height: 640 }],
  ]) {
    test.describe(`${colorScheme}, ${name}`, () => {
      test.use({ colorScheme, viewport, contextOptions: { reducedMotion: "reduce" } });

      test("axe finds nothing, and nothing is wider than the page", async ({ page }) => {
        const look = async (state) => {
          await expectNoViolations(page, state);
          const beyond = await page.evaluate(
            () => document.documentElement.scrollWidth - window.innerWidth,
          );
          expect(beyond, state).toBeLessThanOrEqual(0);
        };
        const password = page.getByRole("dialog").getByLabel("Your password");

        await page.goto("/login?error=google_unconfirmed");
        await expect(page.getByRole("link", { name: "Forgot your password?" })).toBeVisible();
        await look("login that came back from Google");
        await page.goto("/login?step=code");
        await page.getByRole("button", { name: "Sign in" }).click();
        await expect(page.getByLabel("Code")).toHaveAttribute("aria-invalid", "true");
        await look("second step");
        await page.goto("/register");
        await page.getByRole("group", { name: "Your choice" }).waitFor();
        await page.getByRole("button", { name: "Create account" }).click();
        await expect(page.getByLabel("Year of birth")).toHaveAttribute("aria-invalid", "true");
        await look("register, all wrong");

        await register(page);
        await page.goto("/account");
        await expect(section(page, "Devices").getByRole("listitem")).toHaveCount(1);
        await expect(page.getByRole("button", { name: /^Take back: use of/ })).toBeVisible();
        await look("account");
        await page.getByRole("button", { name: "Download your data" }).click();
        await expect(password).toBeVisible();
        await look("download");
        await page.keyboard.press("Escape");
        await page.getByRole("button", { name: "Delete your account" }).click();
        await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
        await expect(password).toHaveAttribute("aria-invalid", "true");
        await look("delete");
        await page.keyboard.press("Escape");
        await page.getByRole("button", { name: /^Take back: use of/ }).click();
        await look("take back");
        await page.getByRole("button", { name: "Take it back" }).click();
        const agreements = section(page, "What you agreed to");
        await expect(agreements.getByText(/You have taken back/)).toBeVisible();
        await look("account without consent");
        await page.goto("/chat");
        await expect(page.getByText("You took back")).toBeVisible();
        await look("consent");
      });
    });
  }
}
