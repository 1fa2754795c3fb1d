import { expect, test } from "@playwright/test";

import {
  ask,
  choose,
  finished,
  MIGRAINE,
  openPersonDialog,
  register,
  send,
} from "../browser/patient";
import { inEachLook, openList } from "./looks";

/** A server that answers nothing of this kind until the page is closed. */
const silent = (page, address) => page.route(address, () => {});

inEachLook((shoot) => {
  test("the chat", async ({ page, context }) => {
    await register(page, { country: "GB" });
    await shoot(page, "chat-empty");
    await page.getByRole("button", { name: "Start a temporary conversation" }).click();
    await shoot(page, "chat-temporary");
    await page.getByRole("button", { name: "Keep it after all" }).click();

    await ask(page, MIGRAINE);
    await shoot(page, "chat-answer");
    await page.emulateMedia({ media: "print" });
    await shoot(page, "print", { fullPage: true });
    await page.emulateMedia({ media: "screen" });
    await page.getByRole("button", { name: "Helpful", exact: true }).click();
    await shoot(page, "chat-feedback");
    await page.getByRole("button", { name: "Close", exact: true }).click();
    await page.getByRole("button", { name: "Edit" }).click();
    await shoot(page, "chat-edit");
    await page.keyboard.press("Escape");

    await page.getByRole("button", { name: "More for this conversation" }).click();
    await shoot(page, "chat-menu");
    await page.keyboard.press("Escape");
    for (const [action, name] of [
      ["Rename", "rename"],
      ["Keyboard shortcuts", "shortcuts"],
      ["Delete", "delete"],
    ]) {
      await choose(page, action);
      await expect(page.getByRole("dialog")).toBeVisible();
      await shoot(page, `dialog-${name}`);
      await page.keyboard.press("Escape");
    }

    await page.getByRole("button", { name: "Who is this about?" }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    await shoot(page, "dialog-profile");
    await page.keyboard.press("Escape");

    await openPersonDialog(page);
    await shoot(page, "dialog-person");
    await page.keyboard.press("Escape");

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
    await page.route("**/api/conversations/*/messages", (route) => route.fulfill({ status: 503 }));
    await page.route("**/api/conversations", (route) => route.fulfill({ status: 503 }));
    await page.reload();
    await expect(page.getByText("This conversation couldn’t be loaded")).toBeVisible();
    await shoot(page, "chat-error");
    await openList(page);
    await expect(page.getByText("Your conversations couldn’t be loaded.")).toBeVisible();
    await shoot(page, "list-error");
  });
});
