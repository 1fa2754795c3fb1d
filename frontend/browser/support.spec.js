import { expect, test } from "@playwright/test";

import { expectNoViolations } from "./axe";
import { answers, ask, finished, MIGRAINE, register } from "./patient";

/* The model of these tests speaks of a rash, whatever it is asked. */
for (const colorScheme of ["light", "dark"]) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: "reduce" } });

    test("what the sources don’t have is marked, said on request, and can be had in plainer words", async ({
      page,
    }) => {
      await register(page);
      await ask(page, MIGRAINE);
      const answer = await finished(page);
      await expect(answer.locator(".unsupported").first()).toContainText("A rash often goes away");
      await expect(answer.getByText(/weren’t found in the sources|wasn’t found/)).toBeVisible();
      const mark = answer.getByRole("button", { name: /^Not found in source \d$/ }).first();
      await mark.focus();
      await page.keyboard.press("Enter");
      await expect(mark).toHaveAttribute("aria-expanded", "true");
      await expect(answer.locator(".unsupported-note")).toContainText(
        /^The answer names source \d here, but this wasn’t found in it/,
      );
      await expectNoViolations(page, "an answer with a marked sentence");

      await answer.getByRole("button", { name: "Explain more simply" }).click();
      await expect(answers(page)).toHaveCount(2);
      const plainer = await finished(page);
      await expect(plainer).toContainText("A rash often goes away");
      await expect(plainer.getByRole("button", { name: "Explain more simply" })).toBeHidden();
      await page.reload();
      await expect(answers(page)).toHaveCount(2);
      await expect(
        answers(page).last().getByRole("button", { name: "Copy this answer" }),
      ).toBeVisible();
    });
  });
}
