/* What a patient does, as the tests say it. */
import { expect } from "@playwright/test";

export const PASSWORD = "three words in a row";
export const MIGRAINE = "what helps against a migraine?";

let made = 0;
export const newAddress = () => `patient-${Date.now()}-${process.pid}-${(made += 1)}@example.org`;

/** The two that nobody gets an answer without. */
export async function agreeToNeeded(page) {
  const needed = page.getByRole("group", { name: "Needed to ask questions" });
  await needed.waitFor();
  for (const box of await needed.getByRole("checkbox").all()) await box.check();
}

export async function register(page, { country = null } = {}) {
  const email = newAddress();
  await page.goto("/register");
  await page.getByLabel("Name").fill("Margaret Ellis");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByLabel("Year of birth").fill("1961");
  if (country) await page.getByLabel("Country").selectOption(country);
  await agreeToNeeded(page);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(
    page.getByRole("heading", { name: "What would you like to know, Margaret?" }),
  ).toBeVisible();
  return email;
}

export async function signIn(page, email, password = PASSWORD) {
  await page.goto("/login");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Without loading the page anew. */
export async function openAccount(page) {
  await page.getByRole("link", { name: /^Your account: / }).click();
  await expect(page.getByRole("heading", { name: "Your account" })).toBeFocused();
}

export async function send(page, question) {
  await page.getByLabel("Your message").fill(question);
  await page.getByLabel("Your message").press("Enter");
  await expect(page.getByText("You wrote: ").last()).toBeAttached();
}

export const answers = (page) => page.getByRole("article", { name: "Answer from Veda" });

/** The last answer, as soon as it is complete. */
export async function finished(page) {
  const answer = answers(page).last();
  await expect(answer).toHaveAttribute("aria-busy", "false");
  return answer;
}

/** The last answer, as soon as some of its text is there and more is to come: looked for in each frame, for it is short. */
export async function writing(page) {
  await page.waitForFunction(() => {
    const answer = [...document.querySelectorAll("article[aria-label='Answer from Veda']")].at(-1);
    const text = answer?.querySelector(".prose")?.textContent ?? "";
    return answer?.getAttribute("aria-busy") === "true" && /\w{3}/.test(text);
  });
  return answers(page).last();
}

export async function ask(page, question) {
  const before = await answers(page).count();
  await send(page, question);
  await expect(answers(page)).toHaveCount(before + 1);
  return finished(page);
}

export const textOf = (answer) => answer.locator(".prose").innerText();

export async function choose(page, action) {
  await page.getByRole("button", { name: "More for this conversation" }).click();
  const entry = page.getByRole("menuitem", { name: action });
  await expect(entry).toBeInViewport({ ratio: 1 });
  await entry.click();
}

export const idOf = (page) => page.url().split("/").at(-1);

/** From wherever the patient's screen has it. */
export async function openPersonDialog(page) {
  const paused = page.getByRole("region", { name: "Writing is paused" });
  const places = page.getByRole("banner").or(paused);
  const button = places.getByRole("button", { name: "Ask for a person" });
  if (await button.isVisible()) await button.click();
  else await choose(page, "Ask for a person");
  const asking = page.getByRole("dialog", { name: "Ask for a person" });
  await expect(asking).toBeVisible();
  return asking;
}

export async function askForPerson(page) {
  const asking = await openPersonDialog(page);
  await asking.getByRole("button", { name: "Ask for a person" }).click();
  const asked = page.getByRole("dialog", { name: "You asked for a person" });
  await expect(asked).toBeVisible();
  return asked;
}
