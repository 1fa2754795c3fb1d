/* Off DEBUG, behind a proxy that ends HTTPS: nothing that Veda's own pages do is held up by what they are allowed. */
import { expect } from "@playwright/test";

import { signIn } from "./admin";
import { chromium } from "./chromium";
import { ask, finished, MIGRAINE, register, send } from "./patient";
import { STAFF } from "./staff";
import { watched } from "./watched";

watched.use({
  ignoreHTTPSErrors: true,
  launchOptions: chromium(
    "--ignore-certificate-errors", // else no service worker
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
  ),
});

watched("what a page may not do is seen by these tests", async ({ page, complaints }) => {
  await page.goto("/login");
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.body.append(script);
  });
  await expect.poll(() => complaints.join()).toContain("Content Security Policy");
  expect(await page.evaluate(() => window.ran)).toBeUndefined();
});

watched(
  "a patient registers, asks, shows a picture, speaks and comes back",
  async ({ page, context, complaints }) => {
    await register(page);
    await ask(page, MIGRAINE);
    const { cookies } = await context.storageState();
    const refresh = cookies.find(({ name }) => name === "veda_refresh");
    expect(refresh).toMatchObject({ secure: true, httpOnly: true, sameSite: "Strict" });

    const png = await page.evaluate(() => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [64, 64];
      canvas.getContext("2d").fillRect(8, 8, 40, 40);
      return canvas.toDataURL("image/png").split(",")[1];
    });
    const file = { name: "arm.png", mimeType: "image/png", buffer: Buffer.from(png, "base64") };
    await page.getByLabel("Pictures", { exact: true }).setInputFiles([file]);
    const waiting = page.getByRole("list", { name: "Pictures to send" }).getByRole("img");
    await expect.poll(() => waiting.evaluate((image) => image.naturalWidth)).toBe(64);
    await expect(page.getByRole("progressbar")).toHaveCount(0);
    await send(page, "what is this?");
    await finished(page);

    await page.getByRole("button", { name: "Speak" }).click();
    await expect(page.getByText("Veda can hear you.")).toBeVisible();
    await page.keyboard.press("Escape");

    await page.reload();
    await finished(page);
    const sent = page.getByRole("button", { name: "Picture you sent: enlarge" }).locator("img");
    await expect.poll(() => sent.evaluate((image) => image.naturalWidth)).toBe(64);
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.goto("/login");
    expect(complaints).toEqual([]);
  },
);

watched(
  "the emergency page has its looks, with and without a network",
  async ({ page, context, complaints }) => {
    await page.goto("/login");
    await page.evaluate(() => navigator.serviceWorker.ready);
    await context.setOffline(true);
    await page.goto("/emergency");
    const width = () => page.locator("main").evaluate((main) => getComputedStyle(main).maxWidth);
    expect(await width()).not.toBe("none");
    await context.setOffline(false);
    await page.reload();
    expect(await width()).not.toBe("none");
    expect(complaints.filter((text) => text.includes("Content Security Policy"))).toEqual([]);
  },
);

watched("the description of the API is drawn", async ({ page, complaints }) => {
  await page.goto("/api/docs");
  await expect(page.getByRole("heading", { name: /^Veda/ })).toBeVisible();
  await page.locator(".opblock-summary-control").first().click();
  await expect(page.locator(".opblock-body").first()).toBeVisible();
  expect(complaints).toEqual([]);
});

watched(
  "staff sign in, see lists, and change and store an account",
  async ({ page, complaints }) => {
    await signIn(page);
    await page.goto("/admin/accounts/user/");
    await page.getByRole("link", { name: STAFF.email }).click();
    await page.locator("input[name=name]").fill("Ada of the staff");
    await page.locator("input[name=_save]").click();
    await expect(page.locator(".messagelist")).toContainText("was changed successfully");
    await page.goto("/admin/");
    const { cookies } = await page.context().storageState();
    for (const name of ["sessionid", "csrftoken"]) {
      const cookie = cookies.find((one) => one.name === name);
      expect(cookie, name).toMatchObject({ secure: true, httpOnly: true });
    }
    expect(complaints).toEqual([]);
  },
);
