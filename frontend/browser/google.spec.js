import { expect, test } from "@playwright/test";

import { agreeToNeeded } from "./patient";

const MARTIN = "What would you like to know, Martin?";

/** Somebody with an account at the provider that stands in Google's place, which Veda's own redirect names. */
async function hasGoogleAccount(request, { confirmed = true } = {}) {
  const subject = `martin-${crypto.randomUUID()}`;
  const begun = await request.get("/api/auth/google/login", { maxRedirects: 0 });
  const provider = new URL(begun.headers().location).origin;
  const claims = {
    email: `${subject}@example.org`,
    email_verified: confirmed,
    name: "Martin Hale",
  };
  const told = await request.put(`${provider}/users/${subject}`, { data: claims });
  expect(told.status()).toBe(204);
  return subject;
}

async function continueWithGoogle(page, subject) {
  await page.getByRole("link", { name: "Continue with Google" }).click();
  await page.getByPlaceholder("sub").fill(subject);
  await page.getByRole("button", { name: "Authorize" }).click();
}

async function agree(page) {
  await page.getByLabel("Year of birth").fill("1958");
  await agreeToNeeded(page);
  await page.getByRole("button", { name: "Go on to Veda" }).click();
}

test.beforeEach(
  ({ context }) => context.route(/^https:/, (route) => route.abort()), // the provider's page names a style sheet elsewhere
);

test("somebody new continues with Google, agrees, stays signed in, signs out, and comes again", async ({
  page,
  context,
  request,
}) => {
  const subject = await hasGoogleAccount(request);
  await page.goto("/login");
  await continueWithGoogle(page, subject);
  await expect(page.getByRole("heading", { name: "Before you ask, Martin" })).toBeVisible();
  await agree(page);
  await expect(page.getByRole("heading", { name: MARTIN })).toBeVisible();
  await expect(page).toHaveURL(/\/chat$/);

  const kept = Object.fromEntries((await context.cookies()).map((cookie) => [cookie.name, cookie]));
  expect(kept.veda_refresh).toMatchObject({
    httpOnly: true,
    sameSite: "Strict",
    path: "/api/auth",
  });
  expect(kept.sessionid).toBeUndefined();
  await page.reload();
  await expect(page.getByRole("heading", { name: MARTIN })).toBeVisible();

  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in", exact: true })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("heading", { name: "Sign in", exact: true })).toBeVisible();
  await continueWithGoogle(page, subject);
  await expect(page.getByRole("heading", { name: MARTIN })).toBeVisible();
});

test("it ends on the page that was wanted", async ({ page, request }) => {
  const subject = await hasGoogleAccount(request);
  await page.goto("/login");
  await continueWithGoogle(page, subject);
  await agree(page);
  await page.getByRole("button", { name: "Sign out" }).click();

  await page.goto("/account");
  await continueWithGoogle(page, subject);
  await expect(page.getByRole("heading", { level: 1, name: "Your account" })).toBeVisible();
  await expect(page).toHaveURL(/\/account$/);
});

test("going back at Google leads to where one may try again", async ({ page, request }) => {
  await page.goto("/login");
  await page.getByRole("link", { name: "Continue with Google" }).click();
  await page.getByRole("button", { name: "Deny" }).click();
  await expect(page.getByText("You didn’t finish signing in with Google.")).toBeVisible();
  await continueWithGoogle(page, await hasGoogleAccount(request));
  await expect(page.getByRole("heading", { name: /^Before you ask/ })).toBeVisible();
});

test("an address that Google hasn't confirmed lets nobody in", async ({ page, request }) => {
  const subject = await hasGoogleAccount(request, { confirmed: false });
  await page.goto("/login");
  await continueWithGoogle(page, subject);
  await expect(page.getByText("your e-mail address isn’t confirmed")).toBeVisible();
  await page.goto("/chat");
  await expect(page.getByRole("heading", { name: "Sign in", exact: true })).toBeVisible();
});

test("an answer from Google that another browser asked for lets nobody in", async ({
  page,
  request,
}) => {
  const sub = await hasGoogleAccount(request);
  const begun = await request.get("/api/auth/google/login", { maxRedirects: 0 });
  const agreed = { form: { sub }, maxRedirects: 0 };
  const answered = await request.post(begun.headers().location, agreed);
  await page.goto(answered.headers().location);
  await expect(page).toHaveURL(/\/login\?error=google_failed$/);
  await expect(page.getByText("Signing in with Google didn’t work.")).toBeVisible();
});
