import { expect, test } from "@playwright/test";

import { openConversation, pauseOrResume, signIn } from "../browser/admin";
import { ask, askForPerson, finished, idOf, MIGRAINE, register, send } from "../browser/patient";
import { STAFF } from "../browser/staff";
import { inEachLook } from "./looks";

const back = (page) => page.getByRole("button", { name: "Back to the conversation" });

inEachLook((shoot) => {
  test("a person, and who is paused", async ({ page, browser, baseURL }) => {
    await register(page, { country: "United Kingdom" });
    await ask(page, MIGRAINE);
    await askForPerson(page);
    await shoot(page, "person-asked");
    await back(page).click();
    await shoot(page, "person-waiting");

    const office = await (await browser.newContext({ baseURL })).newPage();
    await signIn(office);
    await openConversation(office, idOf(page));
    await office.getByRole("button", { name: "Join the conversation" }).click();
    await expect(page.getByRole("main").getByText(/has joined/)).toBeVisible();
    await send(page, "Is somebody there?");
    const reply = office.getByLabel("Your message to the patient, with your name");
    await reply.fill(
      "Hello Margaret, I am Ada. I have read what you asked. How long has it lasted?",
    );
    await office.getByRole("button", { name: "Send" }).click();
    await expect(
      page.getByRole("article", { name: `Message from ${STAFF.name}, a person` }),
    ).toBeVisible();
    await expect(async () => {
      await reply.pressSequentially("a");
      await expect(page.getByText(`${STAFF.name} is writing…`)).toBeVisible({ timeout: 2_000 });
    }).toPass();
    await shoot(page, "person-here");
    await office.getByRole("button", { name: /^Leave; / }).click();
    await expect(page.getByRole("main").getByText(/has left/)).toBeVisible();

    await pauseOrResume(office, idOf(page));
    await send(page, "and what else?");
    await expect(page.getByRole("region", { name: "Writing is paused" })).toBeVisible();
    await shoot(page, "paused");
    await office.context().close();
  });

  test("a crisis, and what is blocked", async ({ page }) => {
    await register(page, { country: "United Kingdom" });
    await send(page, "I want to kill myself");
    await expect(page.getByRole("alertdialog")).toBeVisible();
    await shoot(page, "crisis-dialog");
    await back(page).click();
    await finished(page);
    await shoot(page, "crisis-in-chat");
    await send(page, "I am going to kill my neighbour tonight");
    await expect(page.getByText(/What helps, and numbers to call, are above/)).toBeVisible();
    await shoot(page, "blocked");
  });

  test("whose country nobody knows", async ({ page }) => {
    await register(page);
    await send(page, "I have crushing chest pain and can't breathe");
    await expect(page.getByRole("alertdialog")).toBeVisible();
    await shoot(page, "emergency-dialog-no-country");
  });
});
