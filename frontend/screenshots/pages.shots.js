import { expect, test } from "@playwright/test";

import {
  agreeToNeeded,
  ask,
  choose,
  finished,
  MIGRAINE,
  openAccount,
  register,
  send,
} from "../browser/patient";

const SCREENS = [
  ["desktop", { width: 1280, height: 800 }],
  ["phone", { width: 390, height: 844 }],
  ["narrow", { width: 320, height: 640 }],
];

/** A server that answers nothing of this kind until the page is closed. */
const silent = (page, address) => page.route(address, () => {});

for (const [screen, viewport] of SCREENS) {
  for (const colorScheme of ["light", "dark"]) {
    test.describe(`${screen} ${colorScheme}`, () => {
      test.use({ viewport, colorScheme });

      const shoot = (page, name) =>
        page.screenshot({ path: `shots/${name}-${screen}-${colorScheme}.png` });
      const openList = async (page) => {
        const button = page.getByRole("button", { name: "Open the list of conversations" });
        if (await button.isVisible()) await button.click();
      };

      test("the doors", async ({ page }) => {
        await page.goto("/login");
        await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
        await shoot(page, "login");
        await page.getByRole("button", { name: "Sign in" }).click();
        await shoot(page, "login-error");
        await page.goto("/register");
        await agreeToNeeded(page);
        await page.getByRole("button", { name: "Create account" }).click();
        await shoot(page, "register-error");
        await page.goto("/forgot-password");
        await expect(page.getByRole("heading", { name: "Forgot your password?" })).toBeVisible();
        await shoot(page, "forgot-password");
        await page.goto("/reset-password");
        await expect(page.getByRole("heading", { name: /doesn’t work any more/ })).toBeVisible();
        await shoot(page, "link-over");
        await page.goto("/nowhere");
        await expect(page.getByRole("heading", { name: "There is no such page" })).toBeVisible();
        await shoot(page, "not-found");
        await page.goto("/emergency");
        await shoot(page, "emergency-page");
      });

      test("the chat", async ({ page, context }) => {
        await register(page, { country: "GB" });
        await shoot(page, "chat-empty");
        await page.getByRole("button", { name: "Start a temporary conversation" }).click();
        await shoot(page, "chat-temporary");
        await page.getByRole("button", { name: "Keep it after all" }).click();

        await ask(page, MIGRAINE);
        await shoot(page, "chat-answer");
        await page.getByRole("button", { name: "Helpful", exact: true }).click();
        await shoot(page, "chat-feedback");
        await page.getByRole("button", { name: "Close", exact: true }).click();
        await page.getByRole("button", { name: "Edit" }).click();
        await shoot(page, "chat-edit");
        await page.getByLabel("Your message").fill("");

        await page.getByRole("button", { name: "More for this conversation" }).click();
        await shoot(page, "chat-menu");
        await page.keyboard.press("Escape");
        for (const [action, name] of [
          ["Rename", "rename"],
          ["Ask for a person", "person"],
          ["Keyboard shortcuts", "shortcuts"],
          ["Delete", "delete"],
        ]) {
          await choose(page, action);
          await expect(page.getByRole("dialog")).toBeVisible();
          await shoot(page, `dialog-${name}`);
          await page.keyboard.press("Escape");
        }

        await send(page, "my chest hurts and my left arm is numb");
        await expect(page.getByRole("alertdialog")).toBeVisible();
        await shoot(page, "emergency-dialog");
        await page.getByRole("alertdialog").getByRole("button").last().click();
        await finished(page);
        await shoot(page, "emergency-in-chat");

        await context.setOffline(true);
        await page.getByLabel("Your message").fill("and tomorrow?");
        await page.getByLabel("Your message").press("Enter");
        await expect(page.getByText("You are offline.")).toBeVisible();
        await shoot(page, "offline");
        await context.setOffline(false);
        await expect(page.getByText("You are offline.")).toBeHidden();
        await finished(page);

        await choose(page, "Delete");
        await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
        await expect(page.getByText(/is deleted\./)).toBeVisible();
        await shoot(page, "chat-deleted");
        await page.getByRole("button", { name: "Undo" }).click();
        await finished(page);
        await openList(page);
        await page.getByLabel("Search your conversations").fill("nothing like it");
        await expect(page.getByText("Nothing found for")).toBeVisible();
        await shoot(page, "list-nothing-found");
      });

      test("what takes long, and what fails", async ({ page }) => {
        await register(page);
        await ask(page, MIGRAINE);
        await silent(page, "**/api/conversations/*/messages");
        await page.reload();
        await expect(page.getByText("Loading the conversation…")).toBeVisible();
        await shoot(page, "chat-loading");
        await page.unrouteAll();
        await page.route("**/api/conversations/*/messages", (route) =>
          route.fulfill({ status: 503 }),
        );
        await page.route("**/api/conversations", (route) => route.fulfill({ status: 503 }));
        await page.reload();
        await expect(page.getByText("This conversation couldn’t be loaded")).toBeVisible();
        await openList(page);
        await expect(page.getByText("Your conversations couldn’t be loaded.")).toBeVisible();
        await shoot(page, "chat-error");
      });

      test("the account", async ({ page }) => {
        await register(page);
        await openList(page);
        await openAccount(page);
        await expect(page.getByRole("heading", { name: "Devices" })).toBeVisible();
        await page.screenshot({
          path: `shots/account-${screen}-${colorScheme}.png`,
          fullPage: true,
        });
        await page.getByRole("button", { name: "Delete your account" }).click();
        await shoot(page, "account-delete");
      });
    });
  }
}
