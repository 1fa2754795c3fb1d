/* The mails of the tests' server: files in a folder, which goes when the server does. */
import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "@playwright/test";

export const mailFolder = (port) => join(tmpdir(), `veda-browser-mails-${port}`);

function mailsTo(email, port) {
  const folder = mailFolder(port);
  try {
    const mails = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
    return mails.filter((mail) => mail.includes(`To: ${email}`));
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
}

/** The links to `path` in the mails to `email`, as soon as there are `count`. */
export async function linksTo(path, email, baseURL, count = 1) {
  const link = new RegExp(`https?://\\S+${path}#\\S+`, "g");
  const find = () =>
    mailsTo(email, new URL(baseURL).port).flatMap((mail) => mail.match(link) ?? []);
  await expect.poll(() => find().length).toBe(count);
  return find();
}
