import { expect, test } from "@playwright/test";

import { ask, MIGRAINE, register } from "./patient";

const field = (page) => page.getByLabel("Your message");
const shortcuts = (page) => page.getByRole("dialog", { name: "Keyboard shortcuts" });

test("the shortcuts are listed, and each does what it says", async ({ page }) => {
  await register(page);
  await ask(page, MIGRAINE);
  await expect(field(page)).toBeFocused();
  await page.keyboard.type("?");
  await expect(field(page)).toHaveValue("?");
  await expect(shortcuts(page)).toBeHidden();
  await field(page).fill("");

  const title = page.getByRole("heading", { level: 1 });
  await title.focus();
  await page.keyboard.press("Shift+?");
  await expect(shortcuts(page)).toBeVisible();
  await expect(shortcuts(page).getByRole("button", { name: "Close" })).toBeFocused();
  await page.keyboard.press("ControlOrMeta+K"); // has the keys to itself
  await expect(shortcuts(page)).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(shortcuts(page)).toBeHidden();
  await expect(title).toBeFocused();

  await page.keyboard.press("Shift+Escape");
  await expect(field(page)).toBeFocused();
  await page.keyboard.press("ControlOrMeta+K");
  await expect(page.getByLabel("Search your conversations")).toBeFocused();
  await page.keyboard.press("ControlOrMeta+Shift+O");
  await expect(page).toHaveURL(/\/chat$/);
  await expect(field(page)).toBeFocused();
  await page.keyboard.type("one");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("two");
  await expect(field(page)).toHaveValue("one\ntwo");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/chat\/[\w-]+$/);
  await expect(field(page)).toHaveValue("");
});

test("on a phone the shortcut to the search opens the drawer", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await register(page);
  await page.keyboard.press("ControlOrMeta+K");
  await expect(page.getByLabel("Search your conversations")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
});
