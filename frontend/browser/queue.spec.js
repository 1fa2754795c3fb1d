/** The queue of the staff and what belongs to it, as a moderator sees them. */
import { expect, test } from "@playwright/test";

import { signIn } from "./admin";
import { expectNoViolations } from "./axe";
import { answers, register, send } from "./patient";

const QUEUE = "/admin/moderation/decision/";
const CRISIS = "I want to kill myself";

const rows = (page) => page.locator("#result_list tbody tr");
const beyond = (page) =>
  page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

/** By somebody else, in a browser of their own. */
async function somebodyWrites(browser, baseURL, words) {
  const page = await (await browser.newContext({ baseURL })).newPage();
  await register(page, { country: "Ireland" });
  await send(page, words);
  await expect(answers(page).last()).toBeVisible();
  const id = page.url().split("/").at(-1);
  await page.context().close();
  return id;
}

async function openDecision(page) {
  await page.goto(QUEUE);
  await rows(page).first().getByRole("link").first().click();
  const way = page.locator(".flagged").getByRole("link", { name: "Open it" });
  await expect(page.locator(".flagged")).toBeVisible();
  if (await way.count()) {
    await way.click();
    await page.locator("[name=kind]").selectOption("A danger that was noted");
    await page.locator("[name=reason]").fill("To see whether they are safe.");
    await page.getByRole("button", { name: "Read" }).click();
  }
  await expect(page.locator(".flagged mark").first()).toBeVisible();
}

test("new decisions appear by themselves, with their number, and a choice that was made stays", async ({
  page,
  browser,
  baseURL,
}) => {
  await somebodyWrites(browser, baseURL, CRISIS);
  await signIn(page);
  await page.goto(QUEUE);
  const before = await rows(page).count();
  await rows(page).first().getByRole("checkbox").check();
  await somebodyWrites(browser, baseURL, CRISIS);
  await expect(rows(page)).toHaveCount(before + 1);
  await expect(page.locator("#queue-state")).toHaveText("1 new since you opened this page.");
  await expect(page.locator(".paginator")).toContainText(`${before + 1} decisions`);
  await expect(rows(page).first().getByRole("checkbox")).toBeChecked();
});

test("a list that was empty fills", async ({ page, browser, baseURL }) => {
  await signIn(page);
  await page.goto(`${QUEUE}?category__exact=violence`);
  await expect(rows(page)).toHaveCount(0);
  await somebodyWrites(browser, baseURL, "I am going to kill my neighbour tonight");
  await expect(rows(page)).toHaveCount(1);
});

test("the review stands beside what was flagged, in sight", async ({ page, browser, baseURL }) => {
  await somebodyWrites(browser, baseURL, CRISIS);
  await signIn(page);
  await openDecision(page);
  await expect(page.locator(".flagged mark").first()).toBeInViewport();
  await expect(page.getByLabel("Review:")).toBeInViewport({ ratio: 1 });
  await expect(page.getByLabel("Note:")).toBeInViewport({ ratio: 1 });
  await expect(page.getByRole("button", { name: "Save", exact: true })).toBeInViewport({
    ratio: 1,
  });
});

for (const [colorScheme, viewport] of [
  ["light", { width: 1280, height: 800 }],
  ["dark", { width: 390, height: 844 }],
]) {
  test.describe(`${colorScheme}, ${viewport.width} pixels wide`, () => {
    test.use({ colorScheme, viewport });

    test("pages say words, not codes, and none is wider than the screen", async ({
      page,
      browser,
      baseURL,
    }) => {
      const id = await somebodyWrites(browser, baseURL, CRISIS);
      await signIn(page);
      const look = async (name) => {
        await expect(page.locator("#content")).not.toContainText(/self_harm|medical_emergency/);
        expect(await beyond(page), name).toBeLessThanOrEqual(0);
      };
      await page.goto(QUEUE);
      await look("queue");
      const box = page.locator("#changelist .results");
      const wider = await box.evaluate((list) => list.scrollWidth - list.clientWidth);
      if (viewport.width > 1000) expect(wider).toBeLessThanOrEqual(0);
      await openDecision(page);
      await look("decision");
      await page.goto(`/admin/chat/conversation/${id}/read/`);
      if (await page.locator("[name=kind]").count()) {
        await page.locator("[name=kind]").selectOption("A danger that was noted");
        await page.locator("[name=reason]").fill("To see whether they are safe.");
        await page.getByRole("button", { name: "Read" }).click();
      }
      await look("conversation");
      await expect(page.locator("#entries strong").first()).toBeVisible();
      await expectNoViolations(page, "conversation");
      await page.goto("/admin/moderation/rulebook/");
      await expect(page.locator(".in-force")).toContainText("as they ship with Veda");
      await look("rules");
      await page.getByRole("link", { name: "Look at the rules in force" }).click();
      await expect(page.getByRole("rowheader").first()).toBeVisible();
      await look("rules in force");
      await expectNoViolations(page, "rules in force");
      for (const [name, address] of [
        ["topics", "/admin/pipeline/document/"],
        ["feedback", "/admin/chat/feedback/"],
        ["concerns", "/admin/moderation/concern/"],
        ["a new version of the rules", "/admin/moderation/rulebook/add/"],
        ["system", "/admin/system/"],
        ["the first page", "/admin/"],
      ]) {
        await page.goto(address);
        expect(await beyond(page), name).toBeLessThanOrEqual(0);
      }
    });
  });
}
