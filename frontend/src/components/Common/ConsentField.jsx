import { CheckField } from "./Field";

/** The one consent that chatting needs; an account exists without it. */
export function ConsentField({ version, ...input }) {
  return (
    <CheckField
      help="Without this your account exists, but you can’t ask questions. You can agree later."
      {...input}
    >
      I agree to the terms of use{version && ` (version ${version})`}: Veda informs and does not
      diagnose, and it stores and uses what I write about my health in order to answer me.
    </CheckField>
  );
}
