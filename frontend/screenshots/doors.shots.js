import { expect, test } from "@playwright/test";

import { agreeToNeeded, openAccount, register } from "../browser/patient";
import { inEachLook, openList } from "./looks";

inEachLook((shoot) => {
  test("the doors", async ({ page }) => {
    await page.goto("/login");
    await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
    await shoot(page, "login");
    await page.getByRole("button", { name: "Sign in" }).click();
    await shoot(page, "login-error");
    await page.goto("/register");
    await expect(page.getByRole("group", { name: "Your choice" })).toBeVisible();
    await shoot(page, "register", { fullPage: true });
    await agreeToNeeded(page);
    await page.getByRole("button", { name: "Create account" }).click();
    await shoot(page, "register-error");
    await page.goto("/forgot-password");
    await expect(page.getByRole("heading", { name: "Forgot your password?" })).toBeVisible();
    await shoot(page, "forgot-password");
    await page.goto("/reset-password");
    await expect(page.getByRole("heading", { name: /doesn’t work any more/ })).toBeVisible();
    await shoot(page, "link-over");
    for (const paper of ["about", "terms", "privacy"]) {
      await page.goto(`/${paper}`);
      await expect(page.getByRole("heading", { level: 2 }).first()).toBeVisible();
      await shoot(page, paper, { fullPage: true });
    }
    await page.goto("/nowhere");
    await expect(page.getByRole("heading", { name: "There is no such page" })).toBeVisible();
    await shoot(page, "not-found");
    await page.goto("/emergency");
    await shoot(page, "emergency-page");
    await page.route("**/api/**", (route) => route.abort());
    await page.goto("/chat?signedin");
    await page.evaluate(() => localStorage.setItem("veda.signed-in", "1"));
    await page.goto("/chat");
    await expect(page.getByRole("heading", { name: "Veda can’t be reached" })).toBeVisible();
    await shoot(page, "unreachable");
  });

  test("the account", async ({ page }) => {
    await register(page);
    await openList(page);
    await openAccount(page);
    await expect(page.getByRole("heading", { name: "Devices" })).toBeVisible();
    await shoot(page, "account", { fullPage: true });
    await page.getByRole("button", { name: "Delete your account" }).click();
    await shoot(page, "account-delete");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /^Take back: use of/ }).click();
    await page.getByRole("button", { name: "Take it back" }).click();
    await expect(page.getByText(/You have taken back/).first()).toBeVisible();
    await page.goto("/chat");
    await expect(page.getByText("You took back")).toBeVisible();
    await shoot(page, "consent", { fullPage: true });
  });
});
