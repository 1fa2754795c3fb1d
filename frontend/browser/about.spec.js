import { expect, test } from "@playwright/test";

import { expectNoViolations } from "./axe";
import { answers, ask, openAccount, register, send } from "./patient";

const control = (page, name) => page.getByRole("button", { name });
const dialog = (page) => page.getByRole("dialog", { name: "Who is this about?" });

/** By keyboard alone, as far as a page takes it. */
async function sayAChild(page) {
  await control(page, "Who is this about?").focus();
  await page.keyboard.press("Enter");
  await expect(dialog(page)).toBeVisible();
  await expectNoViolations(page, "the dialog");
  await dialog(page)
    .getByLabel(/about somebody I care for/)
    .press("Space");
  await dialog(page).getByLabel("Age").selectOption("2 to 11 years");
  await dialog(page).getByLabel("Allergies").fill("penicillin");
  await dialog(page).getByRole("button", { name: "Save" }).press("Enter");
  await expect(dialog(page)).toBeHidden();
}

for (const [name, options] of [
  ["desktop", {}],
  ["a narrow phone in the dark", { viewport: { width: 320, height: 640 }, colorScheme: "dark" }],
]) {
  test.describe(name, () => {
    test.use(options);

    test("a parent asks for a child, and the answer is one for children", async ({ page }) => {
      await register(page);
      await sayAChild(page);
      await expect(control(page, "About: a child, 2–11")).toBeFocused();
      await expectNoViolations(page, "whom the first question is about");

      const answer = await ask(page, "How much ibuprofen can be taken?");
      await expect(answer).toContainText("Ibuprofen for children");
      const line = "Taken into account, as you said: a child, 2–11; allergic to penicillin.";
      await expect(answer.getByText(line)).toBeVisible();
      await expect(control(page, "About: a child, 2–11")).toBeVisible();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(wide).toBeLessThanOrEqual(page.viewportSize().width);

      await page.reload();
      await expect(answers(page).getByText(line)).toBeVisible();
      await expectNoViolations(page, "an answer that heeded it");
      const other = await ask(page, "My husband has a headache. Can he take ibuprofen?");
      await expect(other.getByText(/^Taken into account/)).toBeHidden();

      await answers(page).first().getByRole("button", { name: "Change it" }).click();
      await dialog(page).getByRole("button", { name: "Forget this" }).click();
      await expect(control(page, "Who is this about?")).toBeVisible();
    });
  });
}

test("what the account says holds for every conversation, and an allergy is warned of", async ({
  page,
}) => {
  await register(page);
  await openAccount(page);
  const section = page.getByRole("region", { name: "Who your questions are about" });
  await section.getByLabel("Allergies").fill("penicillin");
  await section.getByRole("button", { name: "Save" }).click();
  await expect(section.getByText(/It is saved/)).toBeVisible();
  await expectNoViolations(page, "the account");

  await page.getByRole("link", { name: "Back to your conversations" }).click();
  await expect(control(page, "About: me")).toBeVisible();
  const answer = await ask(page, "Can I take amoxicillin?");
  await expect(answer).toContainText(
    "You said: allergic to penicillin. Amoxicillin is of the same",
  );
});

test("a fever of a small baby is an emergency, once it is said whose it is", async ({ page }) => {
  await register(page, { country: "United Kingdom" });
  await control(page, "Who is this about?").click();
  await dialog(page).getByLabel("Age").selectOption("under 3 months");
  await dialog(page).getByRole("button", { name: "Save" }).click();
  await send(page, "fever of 38.5, what now?");
  await expect(page.getByRole("alertdialog")).toHaveAccessibleName("This could be an emergency");
});
