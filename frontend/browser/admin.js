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
