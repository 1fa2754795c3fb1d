import { Link } from "react-router";

import { useAuth } from "../../hooks/useAuth";
import { useConfig } from "../../hooks/useConfig";
import { filled, isNewPassword, useForm } from "../../hooks/useForm";
import { useNote } from "../../hooks/useNote";
import { Button } from "../Common/Button";
import { PasswordField } from "../Common/Field";
import { FormError } from "../Common/FormError";
import { Notice } from "../Common/Notice";
import { Section } from "./Section";

const BLANK = { current_password: "", new_password: "" };
const CHECKS = {
  current_password: filled("Write your present password."),
  new_password: isNewPassword,
};
const PLACES = { wrong_password: "current_password" };

function ChangeForm() {
  const { user, changePassword } = useAuth();
  const [note, tell] = useNote();

  async function change(values, clear) {
    tell(null);
    await changePassword(values);
    clear();
    tell("Your password is changed. All your other devices are signed out.");
  }

  const { input, busy, message, onSubmit } = useForm(BLANK, change, CHECKS, PLACES);

  return (
    <form className="grid gap-4.5" onSubmit={onSubmit} noValidate>
      <FormError>{message}</FormError>
      {/* For password managers, which keep the two together. */}
      <input type="email" autoComplete="username" value={user.email} readOnly hidden />
      <PasswordField
        label="Present password"
        autoComplete="current-password"
        required
        {...input("current_password")}
      />
      <PasswordField
        label="New password"
        help="At least 12 characters. All your other devices are signed out."
        autoComplete="new-password"
        required
        {...input("new_password")}
      />
      <div className="flex">
        <Button look="line" type="submit" busy={busy}>
          {busy ? "Changing…" : "Change the password"}
        </Button>
      </div>
      <Notice look="done">{note}</Notice>
    </form>
  );
}

function NoPassword() {
  const { mail } = useConfig();
  return (
    <>
      <p className="text-ui">Your account has no password: you sign in with Google.</p>
      {mail && (
        <p className="text-ui">
          To have one besides,{" "}
          <Link to="/forgot-password">let Veda send you a link to choose a password</Link>.
        </p>
      )}
    </>
  );
}

export function Password() {
  const { user } = useAuth();
  return <Section title="Password">{user.has_password ? <ChangeForm /> : <NoPassword />}</Section>;
}
