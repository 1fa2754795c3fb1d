/* On which screens, and in which look, every picture is taken. */
import { test } from "@playwright/test";

const SCREENS = [
  ["desktop", { width: 1280, height: 800 }],
  ["phone", { width: 390, height: 844 }],
  ["narrow", { width: 320, height: 640 }],
];

/** Calls `take(shoot)` for each; `shoot(page, name, options)` takes one picture. */
export function inEachLook(take) {
  for (const [screen, viewport] of SCREENS) {
    for (const colorScheme of ["light", "dark"]) {
      test.describe(`${screen} ${colorScheme}`, () => {
        test.use({ viewport, colorScheme });
        take((page, name, options) =>
          page.screenshot({ path: `shots/${name}-${screen}-${colorScheme}.png`, ...options }),
        );
      });
    }
  }
}

/** Where the list is a drawer, it is opened. */
export async function openList(page) {
  const button = page.getByRole("button", { name: "Open the list of conversations" });
  if (await button.isVisible()) await button.click();
}
