import { expect, test } from "@playwright/test";

import { expectNoViolations } from "./axe";
import { chromiumThatHears, speechOf } from "./chromium";
import { answers, finished, register } from "./patient";

/** What the model host of the tests hears in every recording. */
const HEARD = "I have had a cough since Sunday.";
const TRANSCRIPTIONS = "**/api/conversations/*/transcriptions";

const SPEECH = speechOf(HEARD);
test.skip(!SPEECH, "espeak-ng, which speaks for the patient, isn't installed");
test.use({ launchOptions: chromiumThatHears(SPEECH) });

const field = (page) => page.getByLabel("Your message");
const press = (page, name) => page.getByRole("button", { name }).click();

/** Speaks for as long as a short sentence takes. */
async function speak(page, seconds = 2) {
  await press(page, "Speak");
  await expect(page.getByRole("timer")).toContainText(`0:0${seconds}`);
  await press(page, "Stop and check");
}

const refuse = (page, status, code) =>
  page.route(
    TRANSCRIPTIONS,
    (route) => route.fulfill({ status, json: { error: { code, message: code } } }),
    { times: 1 },
  );

/** The microphones that the page holds open. */
const watchMicrophone = (page) =>
  page.addInitScript(() => {
    window.microphones = [];
    const { mediaDevices } = navigator;
    const open = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = async (wanted) => {
      const stream = await open(wanted);
      window.microphones.push(...stream.getTracks());
      return stream;
    };
  });
const openMicrophones = (page) =>
  page.evaluate(() => window.microphones.filter(({ readyState }) => readyState === "live").length);

test("a question is spoken, read, corrected, sent and answered", async ({ page }) => {
  await watchMicrophone(page);
  await register(page);
  await field(page).fill("Good morning.");
  await press(page, "Speak");
  await expect(page.getByText("Veda can hear you.")).toBeVisible();
  expect(await openMicrophones(page)).toBe(1);
  await expect(page.getByRole("timer")).toContainText("0:02");
  await press(page, "Stop and check");

  await expect(field(page)).toHaveValue(`Good morning. ${HEARD}`);
  await expect(field(page)).toBeFocused();
  await expect(page.getByText("easily misheard")).toBeVisible();
  expect(await openMicrophones(page)).toBe(0);
  await expect(answers(page)).toHaveCount(0);
  await expect(page).toHaveURL(/\/chat$/);

  await page.keyboard.type(" What helps?");
  await page.keyboard.press("Enter");
  await expect(page.getByText(`Good morning. ${HEARD} What helps?`).first()).toBeVisible();
  await finished(page);
  await expect(page).toHaveURL(/\/chat\/[\w-]+$/);
  await expect(page.getByText("easily misheard")).toBeHidden();
});

test("by keyboard: speak, cancel with Escape, speak again, stop", async ({ page }) => {
  await watchMicrophone(page);
  await register(page);
  await page.getByRole("button", { name: "Speak" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Stop and check" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Speak" })).toBeFocused();
  expect(await openMicrophones(page)).toBe(0);
  await expect(field(page)).toHaveValue("");

  await page.keyboard.press("Enter");
  await expect(page.getByRole("timer")).toContainText("0:02");
  await page.keyboard.press("Enter");
  await expect(field(page)).toHaveValue(HEARD);
});

test("writing down can be cancelled", async ({ page }) => {
  await register(page);
  await page.route(TRANSCRIPTIONS, () => {});
  await speak(page);
  const writing = page.getByRole("region", { name: "Writing down" });
  await expect(writing).toContainText("Writing down what you said…");
  await expect(writing).toBeFocused();
  await press(page, "Cancel");
  await expect(writing).toBeHidden();
  await expect(page.getByRole("button", { name: "Speak" })).toBeFocused();
  await expect(field(page)).toHaveValue("");
});

test("a recording that couldn't be written down is kept and tried again", async ({ page }) => {
  await register(page);
  await field(page).fill("I typed this.");
  await refuse(page, 503, "speech_busy");
  await speak(page);
  await expect(page.getByRole("alert")).toContainText("Many people are speaking to Veda");
  await expect(field(page)).toHaveValue("I typed this.");
  await press(page, "Try again");
  await expect(field(page)).toHaveValue(`I typed this. ${HEARD}`);
});

test("without a network the recording waits", async ({ page, context }) => {
  await register(page);
  await press(page, "Speak");
  await expect(page.getByRole("timer")).toContainText("0:02");
  await context.setOffline(true);
  await press(page, "Stop and check");
  await expect(page.getByRole("alert")).toContainText("Your recording is kept");
  await context.setOffline(false);
  await press(page, "Try again");
  await expect(field(page)).toHaveValue(HEARD);
});

test("where nothing was heard one is asked to speak again", async ({ page }) => {
  await register(page);
  await refuse(page, 400, "nothing_heard");
  await speak(page);
  await expect(page.getByRole("alert")).toContainText("No words could be heard");
  await expect(page.getByRole("button", { name: "Try again" })).toBeHidden();
  await press(page, "Record again");
  await expect(page.getByRole("button", { name: "Stop and check" })).toBeFocused();
});

test("a blocked microphone is explained", async ({ page }) => {
  await page.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = () =>
      Promise.reject(new DOMException("blocked", "NotAllowedError"));
  });
  await register(page);
  await press(page, "Speak");
  await expect(page.getByRole("alert")).toContainText("The microphone is blocked for this page");
  await press(page, "Close this message");
  await expect(page.getByRole("alert")).toBeHidden();
});

test("leaving for another page lets the microphone go", async ({ page }) => {
  await watchMicrophone(page);
  await register(page);
  await press(page, "Speak");
  await expect(page.getByRole("button", { name: "Stop and check" })).toBeVisible();
  expect(await openMicrophones(page)).toBe(1);
  await press(page, "Sign out");
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  expect(await openMicrophones(page)).toBe(0);
});

for (const colorScheme of ["light", "dark"]) {
  for (const [name, viewport] of [
    ["desktop", { width: 1280, height: 800 }],
    ["phone", { width: 360, height: 740 }],
  ]) {
    test.describe(`${colorScheme}, ${name}`, () => {
      test.use({ colorScheme, viewport, contextOptions: { reducedMotion: "reduce" } });

      test("axe finds nothing while one speaks, waits, is misunderstood and reads", async ({
        page,
      }) => {
        await register(page);
        await press(page, "Speak");
        await expect(page.getByText("Veda can hear you.")).toBeVisible();
        await expectNoViolations(page, "recording");
        await refuse(page, 503, "speech_unavailable");
        await press(page, "Stop and check");
        await expect(page.getByRole("alert")).toBeVisible();
        await expectNoViolations(page, "couldn't be written down");

        let goOn;
        const held = new Promise((resolve) => {
          goOn = resolve;
        });
        await page.route(TRANSCRIPTIONS, (route) => held.then(() => route.continue()));
        await press(page, "Try again");
        await expect(page.getByRole("region", { name: "Writing down" })).toBeVisible();
        await expectNoViolations(page, "writing down");
        goOn();
        await expect(field(page)).toHaveValue(HEARD);
        await expectNoViolations(page, "written down");
      });
    });
  }
}
