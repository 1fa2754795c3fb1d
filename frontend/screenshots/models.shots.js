/* With a model that writes, a microphone and pictures. */
import { expect, test } from "@playwright/test";

import { chromiumThatHears, speechOf } from "../browser/chromium";
import { choosePictures, draw, uploaded } from "../browser/drawing";
import { holdAnswer } from "../browser/frames";
import { ask, finished, MIGRAINE, register, send } from "../browser/patient";
import { inEachLook } from "./looks";

const SPEECH = speechOf("I have had a cough since Sunday.");
if (SPEECH) test.use({ launchOptions: chromiumThatHears(SPEECH) });

const press = (page, name) => page.getByRole("button", { name }).click();

inEachLook((shoot) => {
  test("an answer that is on its way", async ({ page }) => {
    await holdAnswer(page, ({ type, offset }) => type === "chunk" && offset > 40);
    await register(page);
    await send(page, MIGRAINE);
    await expect(page.locator(".is-growing")).toBeVisible();
    await shoot(page, "streaming");
  });

  test("a place in the queue, and looking for sources", async ({ page }) => {
    const isFirst = ({ type, stage }) => type === "stage" && stage !== "queued";
    await holdAnswer(page, isFirst, ({ messageId }) => [
      { type: "stage", messageId, stage: "queued", position: 2 },
    ]);
    await register(page);
    await send(page, MIGRAINE);
    await expect(page.getByText("You are second in the queue")).toBeVisible();
    await shoot(page, "queued");
  });

  test("what the sources don’t have, and what was taken back", async ({ page }) => {
    await register(page);
    const answer = await ask(page, MIGRAINE);
    await answer
      .getByRole("button", { name: /^Not found in/ })
      .first()
      .click();
    await shoot(page, "unsupported");
    await send(page, "what helps against a headache?");
    await finished(page);
    await expect(page.getByText("I have taken back what I began to write")).toBeVisible();
    await shoot(page, "withdrawn");
  });

  test("speaking", async ({ page }) => {
    test.skip(!SPEECH, "espeak-ng, which speaks for the patient, isn't installed");
    await page.addInitScript(() => {
      const { mediaDevices } = navigator;
      const open = mediaDevices.getUserMedia.bind(mediaDevices);
      mediaDevices.getUserMedia = (wanted) => {
        const [next] = window.microphone.splice(0, 1);
        if (next === "asked") return new Promise(() => {});
        if (next) return Promise.reject(new DOMException("no", next));
        return open(wanted);
      };
      window.microphone = ["asked", "NotAllowedError"];
    });
    await register(page);
    await press(page, "Speak");
    await shoot(page, "voice-asking");
    await press(page, "Cancel");
    await press(page, "Speak");
    await expect(page.getByRole("alert")).toBeVisible();
    await shoot(page, "voice-blocked");
    await press(page, "Close this message");
    await press(page, "Speak");
    await expect(page.getByRole("timer")).toContainText("0:03");
    await shoot(page, "voice-recording");
    await page.route("**/transcriptions", () => {}, { times: 1 });
    await press(page, "Stop and check");
    await expect(page.getByRole("region", { name: "Writing down" })).toBeVisible();
    await shoot(page, "voice-writing");
    await press(page, "Cancel");
    await press(page, "Speak");
    await expect(page.getByRole("timer")).toContainText("0:02");
    await press(page, "Stop and check");
    await expect(page.getByLabel("Your message")).not.toHaveValue("");
    await shoot(page, "voice-check");
  });

  test("pictures", async ({ page }) => {
    await register(page);
    await choosePictures(page, await draw(page));
    await uploaded(page, 1);
    await page.getByLabel("Your message").fill("what is this on my arm?");
    await shoot(page, "picture-preview");
    await page.route("**/attachments", () => {}, { times: 1 });
    await choosePictures(page, await draw(page, "slow.png"));
    const heic = { name: "1.heic", mimeType: "image/heic", buffer: Buffer.from("x") };
    await choosePictures(page, heic);
    await expect(page.getByRole("alert")).toBeVisible();
    await shoot(page, "picture-problems");
    await press(page, "Remove picture 3");
    await press(page, "Remove picture 2");
    await send(page, "what is this on my arm?");
    await finished(page);
    await shoot(page, "picture-answered");
    await press(page, "Picture you sent: enlarge");
    await expect(page.getByRole("dialog")).toBeVisible();
    await shoot(page, "picture-large");
  });
});
