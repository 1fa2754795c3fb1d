/** An answer that turns out wrong while it is written: what was shown of it goes, and other words take its place. */
import { expect, test } from "@playwright/test";

import { expectNoViolations } from "./axe";
import { finished, register, send } from "./patient";

const FIRST_WORDS = "A rash often goes away by itself";
const WRONG = "800 mg";
const INSTEAD = "I have taken back what I began to write here";

async function expectReplaced(answer) {
  await expect(answer).toContainText(INSTEAD);
  await expect(answer.getByText("taken back")).toHaveCount(1);
  await expect(answer.getByRole("list", { name: "Steps" })).toBeHidden();
  const numbers = answer.getByRole("group", { name: "Numbers to call" });
  await expect(numbers.getByRole("link", { name: /^Call 112/ })).toHaveAttribute("href", "tel:112");
  await expect(answer).not.toContainText(FIRST_WORDS);
  await expect(answer).not.toContainText(WRONG);
}

test("what was streamed disappears, other words stand there, and still do after a reload", async ({
  page,
}) => {
  await register(page, { country: "Ireland" });
  await send(page, "what helps against a headache?");
  await page.waitForFunction((words) => {
    const answer = [...document.querySelectorAll("article[aria-label='Answer from Veda']")].at(-1);
    return answer?.getAttribute("aria-busy") === "true" && answer.textContent.includes(words);
  }, FIRST_WORDS);
  await expectReplaced(await finished(page));
  await expectNoViolations(page, "an answer that was taken back");
  await page.reload();
  await expectReplaced(await finished(page));

  /* Another tab that comes later sees the same. */
  const later = await page.context().newPage();
  await later.goto(page.url());
  await expectReplaced(await finished(later));
});
