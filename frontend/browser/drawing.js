/* Pictures for the tests. */
import { expect } from "@playwright/test";

/** A real picture, drawn by the browser. */
export async function draw(page, name = "arm.png", type = "image/png") {
  const address = await page.evaluate((type) => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [320, 240];
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#e2b296";
    pen.fillRect(0, 0, 320, 240);
    pen.fillStyle = "#c85046";
    pen.beginPath();
    pen.arc(160, 120, 50, 0, 7);
    pen.fill();
    return canvas.toDataURL(type);
  }, type);
  return { name, mimeType: type, buffer: Buffer.from(address.split(",")[1], "base64") };
}

export const choosePictures = (page, ...files) =>
  page.getByLabel("Pictures", { exact: true }).setInputFiles(files);

export const waitingPictures = (page) =>
  page.getByRole("list", { name: "Pictures to send" }).getByRole("img");

export async function uploaded(page, count) {
  await expect(waitingPictures(page)).toHaveCount(count);
  await expect(page.getByRole("progressbar")).toHaveCount(0);
}
