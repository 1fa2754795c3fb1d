import AxeBuilder from "@axe-core/playwright";
import { expect } from "@playwright/test";

export async function expectNoViolations(page, state) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const told = violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(" ")}`,
  );
  expect(told, state).toEqual([]);
}
