import { expect, test } from "@playwright/test";

import { expectNoViolations } from "./axe";
import { choosePictures as choose, draw, uploaded, waitingPictures as waiting } from "./drawing";
import { finished, register, send } from "./patient";

const ATTACHMENTS = "**/api/conversations/*/attachments";

const field = (page) => page.getByLabel("Your message");
const press = (page, name) => page.getByRole("button", { name }).click();

/** How a file gets onto the page from elsewhere. */
const fromElsewhere = (page, { name, mimeType, buffer }) =>
  page.evaluateHandle(
    ({ name, mimeType, text }) => {
      const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([bytes], name, { type: mimeType }));
      return data;
    },
    { name, mimeType, text: buffer.toString("base64") },
  );

/** Whether the browser could really decode it. */
const isDrawn = (image) => expect.poll(() => image.evaluate((it) => it.naturalWidth)).toBe(320);

test("a picture is attached, sent, answered, enlarged, and there after a reload", async ({
  page,
}) => {
  await register(page);
  await choose(page, await draw(page));
  await uploaded(page, 1);
  await isDrawn(waiting(page));
  await expect(page.getByText("can’t identify medicines")).toBeVisible();
  await send(page, "what is this on my arm?");
  await expect(waiting(page)).toHaveCount(0);
  const thumbnail = page.getByRole("button", { name: "Picture you sent: enlarge" });
  await expect(thumbnail).toBeVisible();
  const answer = await finished(page);
  await expect(answer.getByText("Described by a language model (medgemma)")).toBeVisible();

  await page.reload();
  await finished(page);
  await isDrawn(thumbnail.locator("img"));
  await thumbnail.focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Picture you sent" });
  await isDrawn(dialog.getByRole("img", { name: "Picture you sent" }));
  await expect(dialog.getByRole("button", { name: "Close" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(thumbnail).toBeFocused();
});

test("pictures can be chosen, pasted and dropped, and taken away", async ({ page }) => {
  await register(page);
  await choose(page, await draw(page, "chosen.jpg", "image/jpeg"));
  await uploaded(page, 1);
  await page.evaluate(
    (clipboardData) =>
      document
        .querySelector("textarea")
        .dispatchEvent(
          new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }),
        ),
    await fromElsewhere(page, await draw(page, "pasted.webp", "image/webp")),
  );
  await uploaded(page, 2);
  const dataTransfer = await fromElsewhere(page, await draw(page, "dropped.png"));
  await field(page).dispatchEvent("dragover", { dataTransfer });
  await expect(page.getByText("Let go to add the picture.")).toBeVisible();
  await field(page).dispatchEvent("drop", { dataTransfer });
  await uploaded(page, 3);
  await press(page, "Remove picture 2");
  await uploaded(page, 2);
  await expect(page.getByRole("img", { name: /pasted/ })).toBeHidden();
  await expect(page.getByRole("button", { name: "Remove picture 2" })).toBeFocused();

  await send(page, "what are these?");
  await finished(page);
  await expect(page.getByRole("button", { name: /^Picture \d of 2: enlarge$/ })).toHaveCount(2);
});

test("a file that is no picture is refused by the server, in plain words", async ({ page }) => {
  await register(page);
  const broken = { name: "arm.png", mimeType: "image/png", buffer: Buffer.from("no picture") };
  await choose(page, broken, await draw(page, "good.png"));
  await expect(page.getByRole("alert")).toContainText(/PNG, JPEG and WebP|couldn’t be opened/);
  await uploaded(page, 2);
  await send(page, "and this one?");
  await finished(page);
  await expect(page.getByRole("button", { name: "Picture you sent: enlarge" })).toBeVisible();
});

test("HEIC and files that are too large never leave the page", async ({ page }) => {
  await register(page);
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await choose(
    page,
    { name: "IMG_1.HEIC", mimeType: "image/heic", buffer: Buffer.from("x") },
    { name: "huge.jpg", mimeType: "image/jpeg", buffer: Buffer.alloc(8 * 1024 ** 2 + 1) },
  );
  await expect(page.getByText(/HEIC/)).toBeVisible();
  await expect(page.getByText(/larger than 8 MB/)).toBeVisible();
  expect(asked.filter((url) => url.includes("/attachments"))).toEqual([]);
});

test("a picture that is too large is made smaller", async ({ page }) => {
  await register(page);
  const dataTransfer = await page.evaluateHandle(async () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [3000, 1200];
    const pen = canvas.getContext("2d");
    const noise = pen.createImageData(3000, 1200);
    noise.data.forEach((_, at) => {
      noise.data[at] = at % 4 === 3 ? 255 : Math.random() * 256;
    });
    pen.putImageData(noise, 0, 0);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
    const data = new DataTransfer();
    data.items.add(new File([blob], "noise.png", { type: "image/png" }));
    return data;
  });
  const size = await dataTransfer.evaluate(({ files }) => files[0].size);
  expect(size).toBeGreaterThan(8 * 1024 ** 2);
  const answer = page.waitForResponse(ATTACHMENTS);
  await field(page).dispatchEvent("drop", { dataTransfer });
  expect(await (await answer).json()).toMatchObject({ width: 2048, height: 819 });
  await uploaded(page, 1);
});

test("an upload that was cut can be tried again", async ({ page, context }) => {
  await register(page);
  const picture = await draw(page);
  await context.setOffline(true);
  await choose(page, picture);
  await expect(page.getByRole("alert")).toContainText("Veda can’t be reached");
  await context.setOffline(false);
  await press(page, "Try again");
  await uploaded(page, 1);
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("a message takes four pictures", async ({ page }) => {
  await register(page);
  const pictures = await Promise.all([1, 2, 3, 4, 5].map((n) => draw(page, `${n}.png`)));
  await choose(page, ...pictures);
  await expect(page.getByText(/up to 4 pictures, so 1 couldn’t be added/)).toBeVisible();
  await uploaded(page, 4);
});

for (const colorScheme of ["light", "dark"]) {
  for (const [name, viewport] of [
    ["desktop", { width: 1280, height: 800 }],
    ["phone", { width: 360, height: 740 }],
  ]) {
    test.describe(`${colorScheme}, ${name}`, () => {
      test.use({ colorScheme, viewport, contextOptions: { reducedMotion: "reduce" } });

      test("axe finds nothing with pictures that wait, fail, are sent and are large", async ({
        page,
      }) => {
        await register(page);
        await choose(page, await draw(page));
        await uploaded(page, 1);
        await page.route(ATTACHMENTS, () => {}, { times: 1 });
        await choose(page, await draw(page, "slow.png"));
        await expect(page.getByRole("progressbar")).toBeVisible();
        const heic = { name: "1.heic", mimeType: "image/heic", buffer: Buffer.from("x") };
        await choose(page, heic);
        await expect(page.getByRole("alert")).toBeVisible();
        await expectNoViolations(page, "pictures wait");
        expect(
          await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth),
        ).toBe(true);
        await press(page, "Remove picture 3");
        await press(page, "Remove picture 2");
        await send(page, "what is this?");
        await finished(page);
        await expectNoViolations(page, "message with a picture");
        await press(page, "Picture you sent: enlarge");
        await expect(page.getByRole("dialog")).toBeVisible();
        await expectNoViolations(page, "large picture");
      });
    });
  }
}
