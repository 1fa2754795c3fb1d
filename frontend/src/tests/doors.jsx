import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";

import { CONFIG, page, PATIENT } from "./samples";

/* What every page before the chat asks, and how its form is filled in. */

export const OPEN = {
  "GET /api/config": CONFIG,
  "GET /api/auth/me": PATIENT,
  "GET /api/conversations": page([]),
  "POST /api/auth/login": { access: "a" },
};

export const press = (name) => userEvent.click(screen.getByRole("button", { name }));

export async function fill(values) {
  for (const [label, text] of Object.entries(values)) {
    await userEvent.type(screen.getByLabelText(label), text);
  }
}
