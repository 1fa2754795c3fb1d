import { expect, test } from "@playwright/test";

import { expectNoViolations } from "./axe";
import { agreeToNeeded, ask, choose, MIGRAINE, register } from "./patient";

for (const colorScheme of ["light", "dark"]) {
  for (const [name, viewport] of [
    ["desktop", { width: 1280, height: 800 }],
    ["phone", { width: 390, height: 844 }],
  ]) {
    test.describe(`${colorScheme}, ${name}`, () => {
      test.use({ colorScheme, viewport, contextOptions: { reducedMotion: "reduce" } });

      test("axe finds nothing on any page", async ({ page }) => {
        await page.goto("/login");
        await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
        await expectNoViolations(page, "login");

        for (const [link, heading] of [
          ["About Veda", "Who runs it"],
          ["Terms of use", "What Veda is"],
          ["How Veda uses what you write", "Who sees it"],
        ]) {
          await page.getByRole("contentinfo").getByRole("link", { name: link }).click();
          await expect(page.getByRole("heading", { name: heading })).toBeVisible();
          await expectNoViolations(page, link);
        }

        await page.goto("/register");
        await page.getByLabel("Name").fill("Margaret");
        await page.getByLabel("E-mail").fill("margaret@example.org");
        await page.getByLabel("Password", { exact: true }).fill("short");
        await page.getByLabel("Year of birth").fill("1961");
        await agreeToNeeded(page);
        await page.getByRole("button", { name: "Create account" }).click();
        await expect(page.getByLabel("Password", { exact: true })).toHaveAttribute(
          "aria-invalid",
          "true",
        );
        await expectNoViolations(page, "register with an error");

        await register(page);
        await expectNoViolations(page, "chat, empty");
        await ask(page, MIGRAINE);
        await expectNoViolations(page, "chat with an answer");
        await choose(page, "Rename");
        await expectNoViolations(page, "rename");
        await page.keyboard.press("Escape");
        await choose(page, "Delete");
        await expectNoViolations(page, "delete");
        await page.keyboard.press("Escape");
        if (name === "phone") {
          await page.getByRole("button", { name: "Open the list of conversations" }).click();
          await expectNoViolations(page, "drawer");
        }
      });
    });
  }
}

test("the way from signing in to the answer goes by keyboard", async ({ page }) => {
  await register(page);
  await expect(page.getByLabel("Your message")).toBeFocused();
  await page.keyboard.type(MIGRAINE);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("status").last()).toHaveText(
    /Veda has answered, with \d+ sources?\./,
  );
  await expect(page.getByLabel("Your message")).toBeFocused();

  await page
    .getByRole("link", { name: /^Source 1: / })
    .first()
    .focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("article", { name: "Source 1" })).toBeFocused();
});
