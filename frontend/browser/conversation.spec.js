import { expect, test } from "@playwright/test";

import {
  answers,
  ask,
  choose,
  finished,
  MIGRAINE,
  PASSWORD,
  register,
  send,
  signIn,
  textOf,
  writing,
} from "./patient";

test("the whole way: register, ask, reload, ask on, stop, rename, delete, sign out", async ({
  page,
}) => {
  await register(page);

  await send(page, MIGRAINE);
  await writing(page);
  const answer = await finished(page);
  await expect(page.getByText("Looked for sources:")).toBeHidden();
  await answer.getByText("What Veda did for this answer").click();
  await expect(page.getByText("Looked for sources:")).toBeVisible();
  const citation = answer.getByRole("link", { name: /^Source 1: / }).first();
  await expect(citation).toHaveText("1");
  await expect(answer.getByRole("article", { name: "Source 1" })).toContainText(
    "Not clinically reviewed",
  );
  await expect(answer.getByText(/does not|not a diagnosis|no diagnosis/i).first()).toBeVisible();
  await expect(answer.getByText("Quoted from the sources", { exact: true })).toBeVisible();
  await citation.click();
  await expect(answer.getByRole("article", { name: "Source 1" })).toHaveClass(/is-active/);
  const written = await textOf(answer);

  await page.reload();
  expect(await textOf(await finished(page))).toBe(written);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("migraine");
  await expect(page).toHaveTitle(/migraine.* · Veda/);

  await ask(page, "and for children?");
  await expect(answers(page)).toHaveCount(2);

  await send(page, "How do I treat a burn?"); // long enough to be stopped on a busy machine too
  await writing(page);
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByText("You stopped this answer.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Send" })).toBeVisible();
  await page.getByRole("button", { name: "Ask again" }).click();
  await expect(page.getByText("2 of 2", { exact: true })).toBeVisible();
  await expect(answers(page)).toHaveCount(3);
  await page.getByRole("button", { name: "Previous answer" }).click();
  await expect(page.getByText("You stopped this answer.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Previous answer" })).toBeFocused();

  await choose(page, "Rename");
  await page.getByLabel("Name", { exact: true }).fill("My headaches");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "My headaches" })).toBeVisible();
  await expect(page.getByRole("link", { name: "My headaches" })).toBeVisible();

  await choose(page, "Delete");
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("heading", { name: /What would you like to know/ })).toBeVisible();
  await expect(page.getByRole("link", { name: "My headaches" })).toBeHidden();

  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await page.goto("/chat");
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
});

test("a reload in mid-answer goes on with the answer", async ({ page }) => {
  await register(page);
  await send(page, MIGRAINE);
  await writing(page);
  await page.reload();
  const answer = await finished(page);
  const written = await textOf(answer);
  expect(written.length).toBeGreaterThan(200);
  await expect(answers(page)).toHaveCount(1);
  await page.reload();
  expect(await textOf(await finished(page))).toBe(written);
});

test("a second tab shows the same, while it is written and after", async ({ page, context }) => {
  await register(page);
  await ask(page, MIGRAINE);
  const second = await context.newPage();
  await second.goto(page.url());
  await finished(second);

  await send(page, "what can I do for heartburn?");
  await expect(answers(second)).toHaveCount(2);
  await writing(second);
  expect(await textOf(await finished(second))).toBe(await textOf(await finished(page)));
});

test("a cut line is told, and the answer is whole when it is back", async ({ page, context }) => {
  await register(page);
  await ask(page, MIGRAINE);
  await send(page, "what can I do for heartburn?");
  await writing(page);
  await context.setOffline(true);
  await expect(page.getByText("You are offline.", { exact: false })).toBeVisible();
  await context.setOffline(false);
  const answer = await finished(page);
  await expect(page.getByText("You are offline.", { exact: false })).toBeHidden();
  const written = await textOf(answer);
  await page.reload();
  expect(await textOf(await finished(page))).toBe(written);
});

test("a question asked without a line is sent once when it is back", async ({ page, context }) => {
  await register(page);
  await ask(page, MIGRAINE);
  await context.setOffline(true);
  await expect(page.getByText("You are offline.", { exact: false })).toBeVisible();
  await send(page, "what can I do for heartburn?");
  await context.setOffline(false);
  await expect(answers(page)).toHaveCount(2);
  await finished(page);
  await expect(page.getByText("what can I do for heartburn?")).toHaveCount(1);
});

test("a wrong password is told and the right one leads in", async ({ page }) => {
  const email = await register(page);
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();
  await signIn(page, email, "not the password");
  await expect(page.getByRole("alert")).toBeVisible();
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: /What would you like to know/ })).toBeVisible();
});

test("the emergency numbers need no account", async ({ page }) => {
  await page.goto("/login");
  await page.getByRole("link", { name: "Emergency numbers" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Emergency numbers" })).toBeVisible();
});

test("nothing is asked of another host", async ({ page, baseURL }) => {
  const hosts = new Set();
  page.on("request", (request) => hosts.add(new URL(request.url()).host));
  await register(page);
  await ask(page, MIGRAINE);
  expect([...hosts]).toEqual([new URL(baseURL).host]);
});

test("a phone has the conversations in a drawer", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await register(page);
  const answer = await ask(page, MIGRAINE);
  await answer.getByRole("button", { name: "Show the passage" }).first().click();
  await expect(answer.getByRole("button", { name: "Hide the passage" })).toHaveCount(1);

  const opener = page.getByRole("button", { name: "Open the list of conversations" });
  await opener.click();
  const drawer = page.getByRole("dialog", { name: "Conversations" });
  await expect(drawer.getByRole("link", { name: /migraine/ })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(drawer).toBeHidden();
  await expect(opener).toBeFocused();

  await opener.click();
  await drawer.getByRole("link", { name: "New conversation" }).click();
  await expect(drawer).toBeHidden();
  await expect(page.getByRole("heading", { name: /What would you like to know/ })).toBeVisible();
  const width = await page.evaluate(() => document.scrollingElement.scrollWidth);
  expect(width).toBeLessThanOrEqual(390);
});

for (const viewport of [
  { width: 1280, height: 420 },
  { width: 390, height: 640 },
]) {
  test(`an answer is followed until its head is at the top, then it stays: ${viewport.width}`, async ({
    page,
  }) => {
    await page.setViewportSize(viewport);
    await register(page);
    await ask(page, MIGRAINE);
    const answer = await ask(page, "what can I do for heartburn?");
    const thread = page.getByRole("main", { name: "Conversation" });
    const top = async (locator) => (await locator.boundingBox()).y;
    const head = answer.getByRole("heading", { name: "Veda" });
    const fromTop = (await top(head)) - (await top(thread));
    expect(fromTop).toBeGreaterThan(0);
    expect(fromTop).toBeLessThan(60);

    const end = page.getByText("Quoted from the sources", { exact: true }).last();
    await expect(end).not.toBeInViewport();
    // Nothing lies over an answer that is finished and read from its first line.
    await expect(page.getByRole("button", { name: "Jump to the latest" })).toBeHidden();
  });
}

test("an answer that is being written never moves the page backwards, or past its head", async ({
  page,
}) => {
  await page.setViewportSize({ width: 390, height: 640 });
  await register(page);
  await page.evaluate(() => {
    window.places = [];
    const note = () => {
      const box = document.querySelector(".thread");
      const head = [...document.querySelectorAll(".answer .who")].at(-1);
      if (head) {
        const fromTop = head.getBoundingClientRect().top - box.getBoundingClientRect().top;
        window.places.push([box.scrollTop, fromTop]);
      }
      requestAnimationFrame(note);
    };
    note();
  });
  await ask(page, MIGRAINE);
  const places = await page.evaluate(() => window.places);
  expect(places.length).toBeGreaterThan(10);
  for (let i = 1; i < places.length; i += 1) {
    expect(places[i][0]).toBeGreaterThanOrEqual(places[i - 1][0]);
    expect(places[i][1]).toBeGreaterThan(0);
  }
});

test("who scrolls up while an answer is written is left alone", async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 420 });
  await register(page);
  await ask(page, MIGRAINE);
  const thread = page.getByRole("main", { name: "Conversation" });
  await send(page, "what can I do for heartburn?");
  await writing(page);
  await thread.hover();
  await page.mouse.wheel(0, -400);
  const jump = page.getByRole("button", { name: "Jump to the latest" });
  await expect(jump).toBeVisible();
  const before = await thread.evaluate((box) => box.scrollTop);
  await finished(page);
  expect(await thread.evaluate((box) => box.scrollTop)).toBe(before);
  await jump.click();
  await expect(jump).toBeHidden();
});

const EMERGENCY = "I have crushing chest pain and can't breathe";
const CRISIS = "I want to kill myself";

for (const viewport of [
  { width: 390, height: 844 },
  { width: 320, height: 568 },
]) {
  for (const [question, country] of [
    [EMERGENCY, "United Kingdom"],
    [EMERGENCY, null],
    [CRISIS, "United Kingdom"],
    [CRISIS, null],
  ]) {
    test(`the first number to call stands above the composer: ${viewport.width}, ${country}, ${question}`, async ({
      page,
    }) => {
      await page.setViewportSize(viewport);
      await register(page, { country });
      const answer = await ask(page, question);
      const call = answer.locator("a[href^='tel:']").first();
      await expect(call).toBeInViewport({ ratio: 1 });
      const numbers = await call.boundingBox();
      const composer = await page.locator("form.composer").boundingBox();
      expect(numbers.y + numbers.height).toBeLessThan(composer.y);
      expect(numbers.x + numbers.width).toBeLessThanOrEqual(viewport.width);
      const isRed = question === EMERGENCY;
      expect(await call.evaluate((link) => link.classList.contains("call-first"))).toBe(isRed);
    });
  }
}

test("a long name of a conversation takes two lines on a small phone, and no more", async ({
  page,
}) => {
  await page.setViewportSize({ width: 320, height: 568 });
  await register(page);
  await ask(page, "what helps against a migraine that comes back each month, and lasts for days?");
  const heading = page.getByRole("heading", { level: 1 });
  await expect(heading).toContainText("migraine");
  const { lines, isCut } = await heading.evaluate((element) => ({
    lines: element.clientHeight / parseFloat(getComputedStyle(element).lineHeight),
    isCut: element.scrollHeight > element.clientHeight,
  }));
  expect(Math.round(lines)).toBe(2);
  expect(isCut).toBe(true);
  await expect(
    page.getByRole("banner").getByRole("link", { name: "Emergency numbers" }),
  ).toBeInViewport({ ratio: 1 });
  const width = await page.evaluate(() => document.scrollingElement.scrollWidth);
  expect(width).toBe(320);
});
