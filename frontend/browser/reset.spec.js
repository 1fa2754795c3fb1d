import { expect, test } from "@playwright/test";

import { expectNoViolations } from "./axe";
import { linksTo } from "./mail";
import { newAddress, PASSWORD, register, signIn } from "./patient";

const NEW_PASSWORD = "quite another four words";
const welcome = (page) => page.getByRole("heading", { name: /What would you like/ });

async function forget(page, email) {
  await page.goto("/login");
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await page.getByLabel("E-mail").fill(email);
  await page.getByRole("button", { name: "Send the link" }).click();
  await expect(page.getByRole("heading", { name: "Look into your mail" })).toBeFocused();
  return page.locator("main").innerText();
}

async function choose(page, link, password) {
  await page.goto(link);
  /* The token leaves the address bar before anything is written. */
  await expect(page.getByLabel("New password")).toBeFocused();
  await expect(page).toHaveURL(/\/reset-password$/);
  await page.getByLabel("New password").fill(password);
  await page.getByRole("button", { name: "Save the new password" }).click();
}

test("a forgotten password is replaced by way of the mail, once", async ({
  page,
  browser,
  baseURL,
}) => {
  const email = await register(page);
  const context = await browser.newContext();
  const other = await context.newPage();
  const known = await forget(other, email);
  const nobody = newAddress();
  const unknown = await forget(other, nobody);
  expect(unknown.replace(nobody, email)).toBe(known);

  const [link] = await linksTo("/reset-password", email, baseURL);
  /* A link that opens in the same tab takes the place of the one before. */
  await other.goto("/reset-password#only-a-part");
  await expect(other).toHaveURL(/\/reset-password$/);
  await choose(other, link, "short");
  await expect(other.getByLabel("New password")).toHaveAttribute("aria-invalid", "true");
  await expect(other.getByLabel("New password")).toBeFocused();
  await other.getByLabel("New password").fill(NEW_PASSWORD);
  await other.getByRole("button", { name: "Save the new password" }).click();
  await expect(other.getByRole("heading", { name: "Your new password is saved" })).toBeFocused();

  await other.goto("about:blank");
  await choose(other, link, "one more set of words");
  await expect(other.getByRole("heading", { name: /doesn’t work any more/ })).toBeVisible();

  await page.reload();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await signIn(page, email, PASSWORD);
  await expect(page.getByRole("alert")).toBeVisible();
  await signIn(page, email, NEW_PASSWORD);
  await expect(welcome(page)).toBeVisible();

  await page.goto("/account");
  await expect(page.getByText("This address is confirmed.")).toBeVisible();
  await context.close();
});

for (const colorScheme of ["light", "dark"]) {
  for (const [name, viewport] of [
    ["desktop", { width: 1280, height: 800 }],
    ["phone", { width: 320, height: 640 }],
  ]) {
    test.describe(`${colorScheme}, ${name}`, () => {
      test.use({ colorScheme, viewport, contextOptions: { reducedMotion: "reduce" } });

      test("axe finds nothing on the pages that mails lead to", async ({ page }) => {
        await page.goto("/forgot-password");
        await page.getByRole("button", { name: "Send the link" }).click();
        await expect(page.getByLabel("E-mail")).toHaveAttribute("aria-invalid", "true");
        await expectNoViolations(page, "forgot");
        await forget(page, newAddress());
        await expectNoViolations(page, "sent");
        await page.goto("/reset-password#not-a-token");
        await expect(page.getByLabel("New password")).toBeVisible();
        await expectNoViolations(page, "new password");
        await page.getByLabel("New password").fill(NEW_PASSWORD);
        await page.getByRole("button", { name: "Save the new password" }).click();
        await expect(page.getByRole("heading", { name: /doesn’t work any more/ })).toBeFocused();
        await expectNoViolations(page, "no link");
        await page.goto("/confirm-email#not-a-token");
        await expect(page.getByRole("button", { name: "Yes, it is mine" })).toBeVisible();
        await expectNoViolations(page, "confirm");
        await page.getByRole("button", { name: "Yes, it is mine" }).click();
        await expect(page.getByRole("heading", { name: /doesn’t work any more/ })).toBeFocused();
      });
    });
  }
}
