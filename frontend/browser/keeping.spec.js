/* What is kept, what isn't, and what can be taken along. */
import { readFileSync } from "node:fs";

import { expect, test } from "@playwright/test";

import { answers, ask, choose, finished, idOf, MIGRAINE, register, send } from "./patient";

const HEARTBURN = "what can I do for heartburn?";

const list = (page) => page.getByRole("navigation", { name: "Your conversations" });
const inList = (page, name) => list(page).getByRole("link", { name });
const isGone = (page) =>
  page.getByRole("heading", { name: "This conversation isn’t here any more" });
const undo = (page) => page.getByRole("button", { name: "Undo" });

async function deleteOpen(page) {
  await choose(page, "Delete");
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("heading", { name: /What would you like to know/ })).toBeVisible();
}

test("a temporary conversation stands in no list, and is erased as its page closes", async ({
  page,
  context,
}) => {
  await register(page);
  await ask(page, HEARTBURN);
  await page.getByRole("link", { name: "New conversation" }).click();
  await page.getByRole("button", { name: "Start a temporary conversation" }).click();
  await expect(page.getByText("isn’t in your list")).toBeVisible();
  await expect(page.getByLabel("Your message")).toBeFocused();
  await ask(page, MIGRAINE);
  await expect(page.getByText("Temporary: erased when you leave")).toBeVisible();
  await expect(inList(page, /heartburn/)).toBeVisible();
  await expect(inList(page, /migraine/)).toHaveCount(0);

  const address = page.url();
  await page.close({ runBeforeUnload: true });
  const later = await context.newPage();
  await expect(async () => {
    await later.goto(address);
    await expect(isGone(later)).toBeVisible({ timeout: 3_000 });
  }).toPass();
  await expect(inList(later, /migraine/)).toHaveCount(0);
});

test("a temporary conversation is erased when one goes elsewhere on the page", async ({ page }) => {
  await register(page);
  await page.getByRole("button", { name: "Start a temporary conversation" }).click();
  await ask(page, MIGRAINE);
  const address = page.url();
  await page.getByRole("link", { name: "New conversation" }).click();
  await expect(page.getByText("Temporary: erased")).toBeHidden();
  await expect(async () => {
    await page.goto(address);
    await expect(isGone(page)).toBeVisible({ timeout: 3_000 });
  }).toPass();
});

test("a deletion can be taken back, and is done where it isn’t", async ({ page }) => {
  await register(page);
  await ask(page, MIGRAINE);
  const address = page.url();
  await deleteOpen(page);
  await expect(inList(page, /migraine/)).toHaveCount(0);
  await undo(page).click();
  await expect(page).toHaveURL(address);
  await finished(page);
  await page.reload();
  await finished(page);
  await expect(inList(page, /migraine/)).toBeVisible();

  await deleteOpen(page);
  const deleted = page.waitForResponse((response) => response.request().method() === "DELETE");
  await expect(undo(page)).toBeVisible();
  expect((await deleted).status()).toBe(204);
  await expect(undo(page)).toBeHidden();
  await page.goto(address);
  await expect(isGone(page)).toBeVisible();
});

test("a deletion is done at once where the page is left", async ({ page }) => {
  await register(page);
  await ask(page, MIGRAINE);
  const address = page.url();
  await deleteOpen(page);
  await page.goto("/emergency");
  await expect(async () => {
    await page.goto(address);
    await expect(isGone(page)).toBeVisible({ timeout: 3_000 });
  }).toPass({ timeout: 8_000 }); // sooner than it would be by itself
});

test("a conversation in the list is renamed and deleted without being opened", async ({ page }) => {
  await register(page);
  await ask(page, MIGRAINE);
  await page.getByRole("link", { name: "New conversation" }).click();
  await ask(page, HEARTBURN);
  const address = page.url();
  const menuOf = (name) => page.getByRole("button", { name: `More for “${name}` });

  await menuOf("What helps").focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await page.getByLabel("Name", { exact: true }).fill("My headaches");
  await page.keyboard.press("Enter");
  await expect(inList(page, "My headaches")).toBeVisible();
  await expect(menuOf("My headaches")).toBeFocused();

  await page.keyboard.press("Enter");
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(inList(page, "My headaches")).toHaveCount(0);
  await expect(undo(page)).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(inList(page, "My headaches")).toBeVisible();
  await expect(page).toHaveURL(address);
});

test("a conversation is saved as text, with its sources", async ({ page }) => {
  await register(page);
  const answer = await ask(page, MIGRAINE);
  const source = answer.getByRole("article", { name: "Source 1" }).getByRole("link");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    choose(page, "Save as a text file"),
  ]);
  expect(download.suggestedFilename()).toMatch(/migraine.*\.md$/i);
  const text = readFileSync(await download.path(), "utf8");
  expect(text).toContain(MIGRAINE);
  expect(text).toContain(await answer.locator(".prose li").first().innerText());
  expect(text).toContain(`[1] Migraine: ${await source.getAttribute("href")}`);
  expect(text).toMatch(/does not examine you/);
});

test("on paper the conversation stands alone, and whole", async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 500 });
  await page.addInitScript(() => localStorage.setItem("veda.theme", "dark"));
  await register(page);
  const answer = await ask(page, MIGRAINE);
  await page.evaluate(() => {
    window.print = () => {
      window.printed = true;
    };
  });
  await choose(page, "Print");
  expect(await page.evaluate(() => window.printed)).toBe(true);

  await page.emulateMedia({ media: "print" });
  await expect(page.locator("body")).toHaveCSS("color", "rgb(27, 42, 38)"); // dark looks are for screens
  await expect(page.getByLabel("Your message")).toBeHidden();
  await expect(list(page)).toBeHidden();
  await expect(page.getByRole("banner").getByRole("link")).toHaveCount(0);
  await expect(page.getByRole("banner").getByRole("button")).toHaveCount(0);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("migraine");
  await expect(page.getByText(/^Conversation with Veda, last message on \d/)).toBeVisible();
  await expect(answer.getByRole("button")).toHaveCount(0);
  const { width } = await answer.boundingBox();
  expect(width).toBeGreaterThan(1000);
  await expect(answer.getByText(/does not examine you/)).toBeVisible();
  await expect(answer.getByRole("article", { name: "Source 1" })).toBeVisible();
  /* Nothing is cut off by a box that scrolls, or is shortened. */
  const cut = await page.evaluate(() =>
    [...document.querySelectorAll(".thread, .thread :not(.sr-only)")]
      .filter(({ scrollHeight, clientHeight }) => clientHeight && scrollHeight > clientHeight + 4)
      .map(({ className }) => className),
  );
  expect(cut).toEqual([]);
});

test("the last question is changed and asked again, and what was asked stays", async ({ page }) => {
  await register(page);
  await ask(page, MIGRAINE);
  const id = idOf(page);
  await page.getByRole("button", { name: "Edit" }).click();
  const field = page.getByLabel("Your message");
  await expect(field).toBeFocused();
  await expect(field).toHaveValue(MIGRAINE);
  await send(page, HEARTBURN);
  await expect(answers(page)).toHaveCount(2);
  await finished(page);
  expect(idOf(page)).toBe(id);
  await page.reload();
  await expect(answers(page)).toHaveCount(2);
  const thread = page.getByRole("main");
  await expect(thread.getByText(MIGRAINE)).toHaveCount(1);
  await expect(thread.getByText(HEARTBURN)).toHaveCount(1);
  await expect(page.getByRole("button", { name: "Edit" })).toHaveCount(1);
});
