/* Seen, heard and pressed otherwise than usual: forced colours, narrow and magnified pages, a screen reader, keys alone. */
import { expect, test } from "@playwright/test";

import { expectNoViolations } from "./axe";
import { answerWith } from "./frames";
import {
  ask,
  choose,
  finished,
  MIGRAINE,
  openAccount,
  openPersonDialog,
  register,
  send,
} from "./patient";

/** Calls `look(state)` in the states that one meets in a conversation and in the account. */
async function throughTheStates(page, look) {
  const drawer = page.getByRole("button", { name: "Open the list of conversations" });
  const escape = () => page.keyboard.press("Escape");
  await register(page);
  await page.getByRole("button", { name: "Start a temporary conversation" }).click();
  await look("temporary");
  await page.getByRole("button", { name: "Keep it after all" }).click();
  const answer = await ask(page, MIGRAINE);
  await answer
    .getByRole("link", { name: /^Source 1: / })
    .first()
    .click();
  await look("a source open");
  await answer.getByRole("button", { name: "Helpful", exact: true }).click();
  await look("feedback");
  await page.getByRole("button", { name: "Edit" }).click();
  await look("edit and resend");
  await page.getByLabel("Your message").fill("");
  await page.getByRole("button", { name: "More for this conversation" }).click();
  await look("menu");
  await escape();
  await choose(page, "Keyboard shortcuts");
  await look("shortcuts");
  await escape();
  await openPersonDialog(page);
  await look("asking for a person");
  await escape();
  await page.context().setOffline(true);
  await send(page, "and tomorrow?");
  await expect(page.getByText("Waiting for the network")).toBeVisible();
  await look("offline");
  await page.context().setOffline(false);
  await expect(page.getByText("Waiting for the network")).toBeHidden();
  await finished(page);
  if (await drawer.isVisible()) await drawer.click();
  await page.getByRole("button", { name: "More for “" }).click();
  await look("menu in the list");
  await escape();
  if (await page.getByRole("dialog").isVisible()) await escape();
  await choose(page, "Delete");
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("button", { name: "Undo" })).toBeVisible();
  await look("undo");
  if (await drawer.isVisible()) await drawer.click();
  await openAccount(page);
  await expect(page.getByRole("heading", { name: "Devices" })).toBeVisible();
  await look("account");
}

async function expectNothingWider(page, state) {
  const beyond = await page.evaluate(
    () => document.documentElement.scrollWidth - window.innerWidth,
  );
  expect(beyond, state).toBeLessThanOrEqual(0);
}

/** WCAG 2.2, 2.5.8: 24 px each way, but for links within a sentence. */
async function expectLargeTargets(page, state) {
  const small = await page.evaluate(() => {
    const inText = (element) =>
      element.matches("a") && getComputedStyle(element).display === "inline";
    return [...document.querySelectorAll("a[href], button, input, select, textarea, [role=radio]")]
      .filter(
        (element) => element.checkVisibility({ visibilityProperty: true }) && !inText(element),
      )
      .filter((element) => !element.matches(".sr-only"))
      .map((element) => [element, (element.closest("label") ?? element).getBoundingClientRect()])
      .filter(([, { width, height }]) => width < 24 || height < 24)
      .map(([element]) => element.outerHTML.slice(0, 90));
  });
  expect(small, state).toEqual([]);
}

for (const [name, options] of [
  ["light", { colorScheme: "light", viewport: { width: 1280, height: 800 } }],
  ["dark, narrow", { colorScheme: "dark", viewport: { width: 320, height: 640 } }],
  ["magnified to 200 %", { viewport: { width: 640, height: 400 } }],
  ["forced colours", { viewport: { width: 390, height: 844 }, forcedColors: "active" }],
]) {
  test.describe(name, () => {
    const { forcedColors, ...rest } = options;
    test.use({ ...rest, contextOptions: { reducedMotion: "reduce", forcedColors } });

    test("axe finds nothing, nothing is too wide, and all can be hit", async ({ page }) => {
      test.slow();
      await throughTheStates(page, async (state) => {
        await expectNoViolations(page, state);
        await expectNothingWider(page, state);
        await expectLargeTargets(page, state);
      });
    });
  });
}

test("in forced colours what is chosen, marked and limited can still be seen", async ({ page }) => {
  await page.emulateMedia({ forcedColors: "active" });
  await register(page);
  const answer = await ask(page, MIGRAINE);
  const border = (element) => element.evaluate((it) => getComputedStyle(it).borderTopWidth);
  for (const place of [".bubble", ".answer-sheet", ".cite", ".source", ".composer", ".btn-main"]) {
    expect(await border(page.locator(place).first()), place).not.toBe("0px");
  }
  const first = answer.getByRole("article", { name: "Source 1" });
  await expect(first).toHaveCSS("outline-style", "none");
  await answer
    .getByRole("link", { name: /^Source 1: / })
    .first()
    .click();
  await expect(first).toHaveClass(/is-active/);
  await expect(first).toHaveCSS("outline-style", "solid");
  const current = page.getByRole("navigation").locator("[aria-current]");
  await expect(current).toHaveCSS("outline-style", "solid");
  const thumb = answer.getByRole("button", { name: "Helpful", exact: true });
  await thumb.press("Enter"); // no pointer, under which the page still scrolls to the source
  await page.getByLabel("What was good about it?").focus();
  await expect(thumb).toHaveCSS("outline-style", "solid");
});

test("with less motion nothing moves", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await register(page);
  await page.evaluate(() => {
    window.moved = [];
    const look = () => {
      window.moved.push(
        ...document
          .getAnimations()
          .map(({ animationName, transitionProperty, effect }) => [
            animationName ?? transitionProperty,
            effect.getComputedTiming().duration,
          ]),
      );
      requestAnimationFrame(look);
    };
    look();
  });
  await ask(page, MIGRAINE);
  await choose(page, "Rename");
  await page.keyboard.press("Escape");
  const moved = await page.evaluate(() => window.moved);
  expect(moved.filter(([, duration]) => duration > 1)).toEqual([]);
});

/** Everything that a live region of the page came to say, in order. */
async function listen(page) {
  await page.evaluate(() => {
    window.heard = [];
    const region = document.querySelector("[aria-live=polite].sr-only");
    const take = () => region.textContent && window.heard.push(region.textContent);
    new MutationObserver(take).observe(region, {
      childList: true,
      characterData: true,
      subtree: true,
    });
  });
  return () => page.evaluate(() => window.heard);
}

test("the start and the end of an answer are announced, once each, and none of its words", async ({
  page,
}) => {
  await answerWith(page, "Rest in a dark room, and drink some water. ".repeat(40).split(/(?<= )/));
  await register(page);
  const heard = await listen(page);
  await send(page, MIGRAINE);
  await finished(page);
  await expect.poll(heard).toEqual(["Veda is answering.", "Veda has answered."]);
  await send(page, "and then?");
  await expect.poll(heard).toHaveLength(4);
  expect((await heard()).slice(2)).toEqual(["Veda is answering.", "Veda has answered."]);
  /* Nothing else on the page speaks up while text comes. */
  const live = page.locator("main :is([aria-live], [role=status], [role=log], [role=alert])");
  await expect(live).toHaveCount(0);
});

test("that a message wasn’t sent is announced each time", async ({ page }) => {
  await register(page);
  await ask(page, MIGRAINE);
  await page.routeWebSocket(/\/ws\/conversations\//, (socket) => {
    socket.onMessage((text) => {
      const { type, client_message_id } = JSON.parse(text);
      if (type === "ping") socket.send(JSON.stringify({ type: "pong" }));
      if (type === "resume")
        socket.send(
          JSON.stringify({ type: "resume_ack", messageId: null, offset: 0, status: "unknown" }),
        );
      if (type !== "message") return;
      const refusal = { type: "error", error: "busy", message: "Veda is busy.", retryable: true };
      socket.send(JSON.stringify({ ...refusal, client_message_id }));
    });
  });
  await page.reload();
  await finished(page);
  const heard = await listen(page);
  await send(page, "and tomorrow?");
  await expect.poll(heard).toHaveLength(1);
  await page.getByRole("button", { name: "Send again" }).click();
  await expect.poll(heard).toHaveLength(2);
  const [first, second] = await heard();
  expect(first).toMatch(/not sent/);
  expect(second).toBe(first);
});

test("a dialog gives the focus back to where it was", async ({ page }) => {
  await register(page);
  await ask(page, MIGRAINE);
  const menu = page.getByRole("button", { name: "More for this conversation" });
  for (const action of ["Rename", "Keyboard shortcuts", "Delete"]) {
    await choose(page, action);
    await expect(page.getByRole("dialog")).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toBeHidden();
    await expect(menu, action).toBeFocused();
  }
  await openPersonDialog(page);
  await page.keyboard.press("Escape");
  await expect(
    page.getByRole("banner").getByRole("button", { name: "Ask for a person" }),
  ).toBeFocused();
});

test("what has the focus is never hidden under something else", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 640 });
  await register(page);
  await ask(page, MIGRAINE);
  await page.getByRole("main").focus();
  const hidden = [];
  for (let step = 0; step < 30; step += 1) {
    await page.keyboard.press("Tab");
    const covered = await page.evaluate(() => {
      const focused = document.activeElement;
      if (!focused.closest("main") || focused.matches("main")) return null;
      const { left, right, top, bottom } = focused.getBoundingClientRect();
      const points = [0.1, 0.5, 0.9].map((part) => top + (bottom - top) * part);
      const seen = points.some((y) => {
        const there = document.elementFromPoint((left + right) / 2, y);
        return there && (focused.contains(there) || there.contains(focused));
      });
      return seen ? null : focused.outerHTML.slice(0, 90);
    });
    if (covered) hidden.push(covered);
  }
  expect(hidden).toEqual([]);
});
