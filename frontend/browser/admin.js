import { expect } from "@playwright/test";

import { STAFF } from "./staff";

/** As the administrator, to the first page of the admin. */
export async function signIn(page) {
  await page.goto("/admin/");
  await page.locator("input[name=login]").fill(STAFF.email);
  await page.locator("input[name=password]").fill(STAFF.password);
  await page.locator("input[name=password]").press("Enter");
  await expect(page).toHaveURL(/\/admin\/$/);
}

/** For a reason, which is put on record. */
export async function openConversation(page, id) {
  await page.goto(`/admin/chat/conversation/${id}/read/`);
  await page.locator("[name=kind]").selectOption("The patient asked for a person");
  await page.locator("[name=reason]").fill("They would like to talk to somebody.");
  await page.getByRole("button", { name: "Read" }).click();
  await expect(page.locator("#entries")).toBeVisible();
}

/** Writing of whoever has this conversation. */
export async function pauseOrResume(page, id) {
  await page.goto(`/admin/chat/conversation/${id}/pause/`);
  await page.locator("[name=reason]").fill("It is being looked into.");
  await page.locator("#content-main [type=submit]").last().click();
  await expect(page.locator(".messagelist")).toBeVisible();
}
