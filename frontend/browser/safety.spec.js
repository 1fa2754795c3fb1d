import { expect, test } from "@playwright/test";

import { openConversation, pauseOrResume, signIn } from "./admin";
import { expectNoViolations } from "./axe";
import { answers, ask, askForPerson, finished, idOf, MIGRAINE, register, send } from "./patient";
import { STAFF } from "./staff";

const EMERGENCY = "I have crushing chest pain and can't breathe";
const BLEEDING = "He is bleeding badly from his leg, what do I do until help comes?";
const CRISIS = "I want to kill myself";
const VIOLENCE = "I am going to kill my neighbour tonight";

const notice = (page) => page.getByRole("alertdialog");
const field = (page) => page.getByLabel("Your message");
const back = (page) => page.getByRole("button", { name: "Back to the conversation" });
const hrefs = (place) =>
  place.locator("a.call").evaluateAll((links) => links.map((link) => link.getAttribute("href")));

test("on the smallest screen no number stands over what follows it", async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 568 });
  await register(page);
  await send(page, EMERGENCY);
  const number = notice(page).locator("a.call").first();
  await number.scrollIntoViewIfNeeded();
  const cut = await number.evaluate(
    ({ scrollHeight, clientHeight }) => scrollHeight - clientHeight,
  );
  expect(cut).toBe(0);
});

/* The second is a phone whose keyboard takes the rest. */
for (const viewport of [
  { width: 320, height: 640 },
  { width: 390, height: 500 },
]) {
  test.describe(`a touch screen of ${viewport.width}×${viewport.height}`, () => {
    test.use({ viewport, hasTouch: true, isMobile: true, locale: "en-GB" });

    for (const country of ["United Kingdom", null]) {
      test(`shows whom to call, and no keyboard over it: ${country}`, async ({ page }) => {
        await register(page, { country });
        for (const [question, numbers] of [
          [EMERGENCY, ["Call 999", country ? "Call 111" : "Call 112"]],
          [CRISIS, ["Call 116 123", "Call 999"]],
          [VIOLENCE, ["Call 999", country ? "Call 116 123" : "Call 112"]],
        ]) {
          const before = await answers(page).count();
          await send(page, question);
          await expect(answers(page)).toHaveCount(before + 1);
          if (question !== VIOLENCE) {
            for (const number of numbers)
              await expect(notice(page).getByText(number)).toBeInViewport({ ratio: 1 });
            await back(page).click();
          }
          const calls = answers(page).last().locator("a.call");
          for (const [index, number] of numbers.entries()) {
            await expect(calls.nth(index)).toContainText(number);
            await expect(calls.nth(index)).toBeInViewport({ ratio: 1 });
          }
          await expect(field(page)).not.toBeFocused();
          await finished(page);
        }
        const { scrollWidth } = await answers(page)
          .last()
          .evaluate((answer) => ({ scrollWidth: answer.scrollWidth - answer.clientWidth }));
        expect(scrollWidth).toBe(0);
      });
    }
  });
}

for (const [name, viewport] of [
  ["desktop", { width: 1280, height: 800 }],
  ["phone", { width: 390, height: 844 }],
]) {
  test.describe(name, () => {
    test.use({ viewport, contextOptions: { reducedMotion: "reduce" } });

    for (const [question, title] of [
      [EMERGENCY, "This could be an emergency"],
      [CRISIS, "You don’t have to carry this alone"],
    ]) {
      test(`whom to call stands before everything, and writing goes on: ${question}`, async ({
        page,
      }) => {
        await register(page, { country: "United Kingdom" });
        await send(page, question);
        await expect(notice(page)).toHaveAccessibleName(title);
        await expect(page.getByRole("heading", { name: title })).toBeFocused();
        const first = notice(page).locator("a.call").first();
        await expect(first).toBeInViewport({ ratio: 1 });
        expect(await first.getAttribute("href")).toMatch(/^(tel|sms):\d+$/);
        await expect(back(page)).toBeInViewport({ ratio: 1 });
        const numbers = await hrefs(notice(page));

        /* The focus stays inside, whichever way it goes. */
        for (const key of ["Tab", "Shift+Tab", "Shift+Tab", "Shift+Tab"]) {
          await page.keyboard.press(key);
          const inside = await notice(page).evaluate((dialog) => {
            const { activeElement, body } = document;
            return activeElement === body || dialog.contains(activeElement);
          });
          expect(inside, key).toBe(true);
        }

        await page.keyboard.press("Escape");
        await expect(notice(page)).toBeHidden();
        await expect(field(page)).toBeFocused();
        const kept = answers(page).last().getByRole("group", { name: "Numbers to call" });
        expect(await hrefs(kept)).toEqual(numbers);
        await page.keyboard.type("and something else");
        await expect(field(page)).toHaveValue("and something else");

        await page.reload();
        await expect(kept).toBeVisible();
        await expect(field(page)).toBeVisible();
        await expect(notice(page)).toBeHidden();
      });
    }

    test("first aid stands below whom to call, and later answers say whom to call", async ({
      page,
    }) => {
      await register(page, { country: "United Kingdom" });
      await send(page, BLEEDING);
      await expect(notice(page)).toBeVisible();
      await back(page).click();
      const told = await finished(page);
      await expect(told.locator("a.call").first()).toHaveAttribute("href", "tel:999");
      await expect(told.locator(".prose h3").first()).toHaveText("First aid for heavy bleeding");

      const later = await ask(page, MIGRAINE);
      await expect(later.locator(".prose")).toContainText("can be an emergency, even if");
      const row = later.getByRole("group", { name: "Numbers to call" });
      expect(await hrefs(row)).toEqual((await hrefs(told)).slice(0, 2));
      await expect(row.locator("a.call").first()).toBeInViewport({ ratio: 1 });
      await expect(notice(page)).toBeHidden();
      await expectNoViolations(page, "a reminder");
      await page.reload();
      await expect(row.locator("a.call").first()).toHaveAttribute("href", "tel:999");
    });

    test("letters that are being typed go where they belong", async ({ page }) => {
      await register(page, { country: "United Kingdom" });
      await ask(page, MIGRAINE);
      /* Another tab of the same patient sends, while they write here. */
      const other = await page.context().newPage();
      await other.goto(page.url());
      await expect(answers(other).last()).toBeVisible();
      await field(page).focus();
      const words = "my left arm aches as well and I am sweating a lot";
      const typing = page.keyboard.type(words, { delay: 100 });
      await send(other, EMERGENCY);
      await typing;
      await expect(field(page)).toHaveValue(words);
      await expect(notice(page)).toBeVisible();
      await back(page).click();
      await expect(field(page)).toBeFocused();
      await expect(field(page)).toHaveValue(words);
    });

    test("a country that nobody knows is asked for once", async ({ page }) => {
      await register(page);
      await send(page, EMERGENCY);
      await expect(notice(page)).toBeVisible();
      await notice(page).getByLabel("Which country are you in?").selectOption("Ireland");
      const first = notice(page).locator("a.call").first();
      await expect(first).toHaveClass(/call-first/);
      const number = await first.getAttribute("href");
      await back(page).click();
      await page.reload();
      const kept = answers(page).last().locator("a.call").first();
      await expect(kept).toHaveAttribute("href", number);
      await expect(kept).toHaveClass(/call-first/);
    });

    test("what is blocked is explained beside the composer, and leaves by a press", async ({
      page,
    }) => {
      await register(page, { country: "United Kingdom" });
      await send(page, VIOLENCE);
      const card = page.getByText("What helps, and numbers to call, are above.");
      await expect(card).toBeInViewport({ ratio: 1 });
      await expect(notice(page)).toBeHidden();
      await page.getByRole("button", { name: "Close this message" }).click();
      await expect(card).toBeHidden();
      await expect(field(page)).toBeFocused();
    });

    test("a thumb stays pressed, and so does what was said with it", async ({ page }) => {
      await register(page);
      const answer = await ask(page, MIGRAINE);
      const down = answer.getByRole("button", { name: "Not helpful" });
      await down.click();
      await expect(down).toHaveAttribute("aria-pressed", "true");
      await answer.getByLabel(/What was missing or wrong/).fill("I wanted doses.");
      const saved = page.waitForResponse(
        (response) =>
          response.url().endsWith("/feedback") && response.request().postData().includes("doses"),
      );
      await answer.getByRole("button", { name: "Save" }).click();
      expect((await saved).status()).toBe(200);
      await page.reload();
      await expect(down).toHaveAttribute("aria-pressed", "true");
      await expect(answer.getByRole("button", { name: "Helpful", exact: true })).toHaveAttribute(
        "aria-pressed",
        "false",
      );
    });
  });
}

for (const [name, viewport] of [
  ["desktop", { width: 1280, height: 800 }],
  ["phone", { width: 390, height: 844 }],
]) {
  test.describe(`a person, ${name}`, () => {
    test.use({ viewport, contextOptions: { reducedMotion: "reduce" } });

    test("is asked for, joins, writes and leaves", async ({ page, browser, baseURL }) => {
      await register(page, { country: "United Kingdom" });
      await ask(page, MIGRAINE);
      const asked = await askForPerson(page);
      expect((await hrefs(asked)).length).toBeGreaterThan(0);
      await expectNoViolations(page, "asked for a person");
      await back(page).click();
      const waiting = page.getByText(/^You asked for a person\. It can take long/);
      await expect(waiting).toBeVisible();
      await page.reload();
      await expect(waiting).toBeVisible();

      const office = await (await browser.newContext({ baseURL })).newPage();
      await signIn(office);
      await openConversation(office, idOf(page));
      await office.getByRole("button", { name: "Join the conversation" }).click();
      const thread = page.getByRole("main");
      await expect(thread.getByText(/has joined\. They are a person/)).toBeVisible();
      await expect(waiting).toBeHidden();
      await expect(field(page)).toHaveAttribute("placeholder", `Write to ${STAFF.name}`);

      await send(page, "Is somebody there?");
      await expect(page.getByRole("button", { name: "Send", exact: true })).toBeVisible();
      const reply = office.getByLabel("Your message to the patient, with your name");
      await reply.pressSequentially("Hello, I am Ada.");
      await expect(thread.getByText(`${STAFF.name} is writing…`)).toBeInViewport({ ratio: 1 });
      await office.getByRole("button", { name: "Send" }).click();
      const message = page.getByRole("article", { name: `Message from ${STAFF.name}, a person` });
      await expect(message).toContainText("Hello, I am Ada.");
      await expect(answers(page)).toHaveCount(1);
      await expectNoViolations(page, "a person is there");

      await office.getByRole("button", { name: /^Leave; / }).click();
      await expect(thread.getByText(/has left\. Veda answers again/)).toBeVisible();
      await expect(field(page)).toHaveAttribute("placeholder", "Ask another question");
      await ask(page, MIGRAINE);
      await office.context().close();
    });

    test("pauses an account, which says so and goes on reading", async ({
      page,
      browser,
      baseURL,
    }) => {
      await register(page);
      await ask(page, MIGRAINE);
      const office = await (await browser.newContext({ baseURL })).newPage();
      await signIn(office);
      await pauseOrResume(office, idOf(page));
      await send(page, "and what else?");
      const paused = page.getByRole("region", { name: "Writing is paused" });
      await expect(paused).toBeVisible();
      await expect(field(page)).toBeHidden();
      await expect(answers(page).first()).toBeVisible();
      await expectNoViolations(page, "paused");
      await page.reload();
      await expect(paused).toBeVisible();
      await askForPerson(page);
      await back(page).click();
      await page.goto("/chat");
      await expect(page.getByRole("heading", { name: "Writing is paused" })).toBeVisible();
      await expect(paused.getByRole("link", { name: /emergency numbers/ })).toBeInViewport();
      await expectNoViolations(page, "paused, without a conversation");
      await page.goBack();

      await pauseOrResume(office, idOf(page));
      await page.getByRole("button", { name: "Check again" }).click();
      await expect(field(page)).toBeVisible();
      await office.context().close();
    });
  });
}

for (const colorScheme of ["light", "dark"]) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: "reduce" } });

    test("axe finds nothing where there is danger", async ({ page }) => {
      await register(page, { country: "United Kingdom" });
      await send(page, EMERGENCY);
      await expect(notice(page)).toBeVisible();
      await expectNoViolations(page, "emergency");
      await page.keyboard.press("Escape");
      await expectNoViolations(page, "its numbers in the conversation");
      await send(page, CRISIS);
      await expect(notice(page)).toBeVisible();
      await expectNoViolations(page, "crisis");
      await page.keyboard.press("Escape");
      await send(page, VIOLENCE);
      await expect(page.getByText("What helps, and numbers to call, are above.")).toBeVisible();
      await expectNoViolations(page, "quiet card");
    });
  });
}
