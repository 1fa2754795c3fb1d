import { expect, test } from "@playwright/test";

import { watched } from "./watched";
import { expectNoViolations } from "./axe";
import { ask, MIGRAINE, openAccount, register } from "./patient";

const DARK = "rgb(31, 41, 38)";
const LIGHT = "rgb(255, 255, 255)";

const paper = (page) =>
  page
    .locator(".sheet")
    .first()
    .evaluate((sheet) => getComputedStyle(sheet).backgroundColor);
const look = (page, name) => page.getByRole("radio", { name });
const barColour = (page) =>
  page.evaluate(() => {
    const metas = [...document.querySelectorAll("meta[name=theme-color]")];
    return metas.find(({ media }) => window.matchMedia(media).matches).content;
  });

test("the page looks as the system does, until one chooses", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.goto("/login");
  await expect.poll(() => paper(page)).toBe(DARK);
  await page.emulateMedia({ colorScheme: "light" });
  await expect.poll(() => paper(page)).toBe(LIGHT);
});

watched(
  "a look is chosen by keyboard, in every tab, and stays after signing out",
  async ({ page, context, complaints }) => {
    await register(page);
    const other = await context.newPage();
    await other.goto("/account");
    await openAccount(page);
    await look(page, "System").focus();
    await expect(look(page, "System")).toBeChecked();
    await page.keyboard.press("ArrowUp"); // round to the last
    await expect(look(page, "Dark")).toBeChecked();
    expect(await paper(page)).toBe(DARK);
    expect(await barColour(page)).toBe("#1e1f1a");
    await expect.poll(() => paper(other)).toBe(DARK);
    await expect(look(other, "Dark")).toBeChecked();

    await page.goto("/chat");
    await page.getByRole("button", { name: "Sign out" }).click();
    await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
    await page.reload();
    await expect.poll(() => paper(page)).toBe(DARK);
    expect(await page.evaluate(() => ({ ...localStorage }))).toEqual({ "veda.theme": "dark" });
    expect(complaints).toEqual([]);
  },
);

test("a chosen look is there before the page’s own script, so that nothing flashes", async ({
  page,
}) => {
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto("/login");
  await page.evaluate(() => localStorage.setItem("veda.theme", "dark"));
  await page.route(/\/assets\/.*\.js$/, () => {}); // never comes
  await page.goto("/login", { waitUntil: "commit" });
  const ground = () =>
    page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await expect.poll(ground).toBe("rgb(23, 30, 27)");
});

test("the emergency page looks as was chosen, whatever the system does", async ({ page }) => {
  const ground = () =>
    page
      .locator("section")
      .first()
      .evaluate((section) => getComputedStyle(section).backgroundColor);
  for (const [chosen, system, colour] of [
    ["dark", "light", DARK],
    ["light", "dark", LIGHT],
  ]) {
    await page.emulateMedia({ colorScheme: system });
    await page.goto("/login");
    await page.evaluate((name) => localStorage.setItem("veda.theme", name), chosen);
    await page.goto("/emergency");
    await expect.poll(ground).toBe(colour);
    await expectNoViolations(page, `emergency, ${chosen}`);
  }
});

test("the system’s look comes back when it is chosen", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await register(page);
  await openAccount(page);
  await look(page, "Dark").check();
  expect(await paper(page)).toBe(DARK);
  await look(page, "System").check();
  expect(await paper(page)).toBe(LIGHT);
  expect(await barColour(page)).toBe("#fdf0e1");
  expect(await page.evaluate(() => localStorage.getItem("veda.theme"))).toBeNull();
});

const rootSize = (page) => page.evaluate(() => getComputedStyle(document.documentElement).fontSize);

watched(
  "a text size is chosen for the device, and fits the smallest screen",
  async ({ page, complaints }) => {
    await register(page);
    await ask(page, MIGRAINE);
    const conversation = page.url();
    await openAccount(page);
    await page.getByRole("group", { name: "Text size" }).getByText("Normal").click();
    await page.keyboard.press("ArrowUp"); // round to the last
    await expect(look(page, "Largest")).toBeChecked();
    expect(await rootSize(page)).toBe("20px");
    await page.setViewportSize({ width: 320, height: 640 });
    for (const address of ["/account", conversation, "/emergency"]) {
      await page.goto(address);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await expect.poll(() => rootSize(page)).toBe("20px");
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
      await expectNoViolations(page, address);
    }
    await page.goto("/account");
    await look(page, "Normal").check();
    expect(await rootSize(page)).toBe("16px");
    expect(await page.evaluate(() => localStorage.getItem("veda.text"))).toBeNull();
    expect(complaints).toEqual([]);
  },
);
