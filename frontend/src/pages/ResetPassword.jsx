import { Button } from "../components/Common/Button";
import { PasswordField } from "../components/Common/Field";
import { FormError } from "../components/Common/FormError";
import { MailedLink } from "../components/Layout/MailedLink";
import { useAuth } from "../hooks/useAuth";
import { isNewPassword, useForm } from "../hooks/useForm";
import { usePageTitle } from "../hooks/usePageTitle";

const CHECKS = { password: isNewPassword };

function NewPassword({ ending }) {
  const { resetPassword } = useAuth();
  const { input, busy, message, onSubmit } = useForm(
    { password: "" },
    ending((token, { password }) => resetPassword(token, password)),
    CHECKS,
  );
  return (
    <form className="grid gap-4.5" onSubmit={onSubmit} noValidate>
      <FormError>{message}</FormError>
      <PasswordField
        label="New password"
        help="At least 12 characters. All your devices are signed out."
        autoComplete="new-password"
        required
        autoFocus
        {...input("password")}
      />
      <Button look="main" type="submit" busy={busy}>
        {busy ? "Saving…" : "Save the new password"}
      </Button>
    </form>
  );
}

const ENDS = {
  done: {
    title: "Your new password is saved",
    words: "All your devices are signed out. Sign in with the new password.",
    to: "/login",
    action: "Sign in",
  },
  invalid: {
    title: "This link doesn’t work any more",
    words: "It was used before, its hour is over, or a part of it is missing.",
    to: "/forgot-password",
    action: "Send a new link",
  },
};

export default function ResetPassword() {
  usePageTitle("New password");
  return <MailedLink title="Choose a new password" ends={ENDS} Form={NewPassword} />;
}
