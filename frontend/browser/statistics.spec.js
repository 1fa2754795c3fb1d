/** The charts on the first page of the admin, over made-up days. */
import { readFile } from "node:fs/promises";

import { expect } from "@playwright/test";

import { expectNoViolations } from "./axe";
import { signIn } from "./admin";
import { watched } from "./watched";

const LOOKS = [
  ["light", { width: 1280, height: 800 }],
  ["dark", { width: 390, height: 844 }],
];

watched.use({ ignoreHTTPSErrors: true });

for (const [colorScheme, viewport] of LOOKS) {
  watched.describe(`${colorScheme}, ${viewport.width} pixels wide`, () => {
    watched.use({ colorScheme, viewport });

    watched("charts are drawn, with their numbers behind them", async ({ page, complaints }) => {
      await signIn(page);
      const chart = page.getByRole("img", { name: "Conversations and messages a day" });
      await expect(chart).toBeVisible();
      const figure = page.getByRole("figure", { name: "Conversations and messages a day" });
      await expect(figure.getByRole("table")).toBeHidden();
      await figure.getByText("Numbers").click();
      await expect(figure.getByRole("row")).toHaveCount(31);
      await expectNoViolations(page, "statistics");
      const beyond = () =>
        page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(await beyond()).toBeLessThanOrEqual(0);
      const stroke = (series) =>
        chart.locator(`.line.series-${series}`).evaluate((line) => getComputedStyle(line).stroke);
      expect(await stroke(1)).not.toBe(await stroke(2));
      expect(complaints).toEqual([]);
    });
  });
}

watched("a period of one's own is shown, and its days are a file", async ({ page, complaints }) => {
  await signIn(page);
  const day = (ago) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
  await page.getByLabel("From", { exact: true }).fill(day(9));
  await page.getByLabel("To", { exact: true }).fill(day(3));
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page).toHaveURL(new RegExp(`from=${day(9)}&to=${day(3)}`));
  const waiting = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download as CSV" }).click();
  const download = await waiting;
  expect(download.suggestedFilename()).toBe(`veda-statistics-${day(9)}-${day(3)}.csv`);
  const lines = (await readFile(await download.path(), "utf8")).trim().split("\n");
  expect(lines).toHaveLength(8);
  expect(lines[1]).toMatch(new RegExp(`^${day(9)},\\d+,\\d+`));

  await page.getByLabel("From", { exact: true }).fill(day(1));
  await page.getByLabel("To", { exact: true }).fill(day(5));
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page.getByRole("alert")).toContainText("The first day must come before the last.");
  await expectNoViolations(page, "a period that is none");
  expect(complaints).toEqual([]);
});
