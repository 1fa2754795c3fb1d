/* What nobody should be able to break the page with. */
import { expect } from "@playwright/test";

import { answerWith } from "./frames";
import { answers, ask, finished, idOf, MIGRAINE, register, send } from "./patient";
import { watched as test } from "./watched";

const field = (page) => page.getByLabel("Your message");
const mine = (page) => page.getByRole("main").locator(".bubble").last();

async function expectNothingWider(page) {
  const beyond = await page.evaluate(() => {
    const thread = document.querySelector(".thread");
    return [
      document.documentElement.scrollWidth - window.innerWidth,
      thread.scrollWidth - thread.clientWidth,
    ];
  });
  expect(Math.max(...beyond)).toBeLessThanOrEqual(0);
}

/** As from the clipboard, in one go. */
const paste = (page, text) =>
  field(page).evaluate((area, words) => {
    area.focus();
    document.execCommand("insertText", false, words);
  }, text);

test("20,000 pasted characters stay, with how many are too many, and are sent once shortened", async ({
  page,
}) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await register(page);
  const sent = [];
  page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => sent.push(payload)));
  const text = "My head hurts. ".repeat(1_334).trim();
  expect(text.length).toBeGreaterThan(20_000);
  await paste(page, text);
  const tooLong = page.getByText(/Too long to send, by [\d,]+ characters/);
  await expect(tooLong).toBeInViewport();
  await field(page).press("Enter");
  await expect(tooLong).toBeVisible();
  await expect(field(page)).toHaveValue(text);
  await expect(answers(page)).toHaveCount(0);
  expect(sent.filter((frame) => frame.includes('"message"'))).toEqual([]);
  await expect(page.getByRole("button", { name: "Send" })).toBeInViewport({ ratio: 1 });

  await field(page).fill(MIGRAINE);
  await expect(tooLong).toBeHidden();
  await field(page).press("Enter");
  await expect(answers(page)).toHaveCount(1);
  await finished(page);
});

test("a word of 500 letters breaks, in a bubble, a title and the list", async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await register(page);
  await ask(page, "m".repeat(500));
  await expectNothingWider(page);
  await page.getByRole("button", { name: "Open the list of conversations" }).click();
  await expect(page.getByRole("dialog", { name: "Conversations" })).toBeVisible();
  await expectNothingWider(page);
});

test("what is written from right to left stands so, and emoji are counted as one reads them", async ({
  page,
}) => {
  await register(page);
  const words = "رأسي يؤلمني منذ أسبوع 🤕🧑🏽‍⚕️";
  await field(page).fill(words);
  await expect(field(page)).toHaveJSProperty("dir", "auto");
  await expect.poll(() => field(page).evaluate((area) => area.matches(":dir(rtl)"))).toBe(true);
  await ask(page, words);
  await expect(mine(page)).toContainText(words);
  const text = mine(page).getByText(words);
  expect(await text.evaluate((element) => element.matches(":dir(rtl)"))).toBe(true);
  await page.reload();
  await finished(page);
  await expect(mine(page)).toContainText(words);
});

test("hostile Markdown runs nothing, loads nothing and leads nowhere", async ({
  page,
  baseURL,
  complaints,
}) => {
  const hostile = [
    "<img src=x onerror=\"document.title='run'\">",
    "<script>document.title='run'</script>",
    "<svg onload=\"document.title='run'\"><style>body{display:none}</style>",
    "![spy](https://tracker.example/pixel.png?who=me)",
    "[click](javascript:document.title='run') [data](data:text/html,<script>1</script>)",
    "[vb](vbscript:x) [spaced]( java\tscript:alert(1)) <javascript:alert(1)>",
    "[ref]: javascript:alert(1)\n\n[ref]",
    '<a href="https://phish.example" style="position:fixed;inset:0">x</a>',
    "| a | b |\n| - | - |\n| <img src=y onerror=1> | ![](https://tracker.example/2.png) |",
    "<iframe src=https://tracker.example></iframe><form action=https://phish.example>",
  ];
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("dialog", (dialog) => asked.push(dialog.message()));
  await answerWith(page, hostile.join("\n\n").split(/(?<= )/), { aFrame: 3 });
  await register(page);
  await send(page, "what now?");
  const answer = await finished(page);
  await expect(answer).toContainText("<script>document.title='run'</script>");
  expect(await answer.locator("img, script, style, iframe, form, svg:not(.lucide)").count()).toBe(
    0,
  );
  const links = await answer.locator(".prose a").evaluateAll((all) => all.map(({ href }) => href));
  expect(links).toEqual([]);
  await expect(page).not.toHaveTitle("run");
  expect(asked.filter((address) => !address.startsWith(baseURL))).toEqual([]);
  expect(complaints).toEqual([]);
});

test("what a patient writes is shown as written", async ({ page }) => {
  await register(page);
  const words = "<b>bold</b> **stars** [link](javascript:alert(1)) <script>alert(1)</script>";
  await ask(page, words);
  await expect(mine(page)).toContainText(words);
  await expect(mine(page).locator("b, strong, a, script")).toHaveCount(0);
});

test("a token that runs out in mid-send costs nothing: the message goes, once", async ({
  page,
}) => {
  await register(page);
  const told = [];
  page.on("request", (request) =>
    told.push(`${request.method()} ${new URL(request.url()).pathname}`),
  );
  let expired = 0;
  await page.routeWebSocket(/\/ws\/conversations\//, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((text) => {
      if (JSON.parse(text).type !== "message" || expired) return server.send(text);
      expired += 1;
      return socket.close({ code: 4401, reason: "expired" });
    });
  });
  /* The first of all, over REST, comes too late as well. */
  const error = { code: "invalid_token", message: "Please sign in again." };
  await page.route(
    "**/api/conversations",
    (route) => route.fulfill({ status: 401, json: { error } }),
    {
      times: 1,
    },
  );
  await ask(page, MIGRAINE);
  expect(expired).toBe(1);
  expect(told.filter((call) => call === "POST /api/auth/refresh").length).toBeGreaterThan(0);
  await expect(page.getByText("Not sent")).toBeHidden();
  await page.reload();
  await finished(page);
  await expect(answers(page)).toHaveCount(1);
  await expect(page.getByRole("main").getByText(MIGRAINE)).toHaveCount(1);
  expect(idOf(page)).toMatch(/^[\w-]{36}$/);
});
