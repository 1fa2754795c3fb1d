import { test } from "@playwright/test";

/** What the browser kept a page from, and every other error that it told. */
export const watched = test.extend({
  complaints: async ({ page }, use) => {
    const complaints = [];
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await use(complaints);
  },
});
