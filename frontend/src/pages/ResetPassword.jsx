import { Button } from "../components/Common/Button";
import { PasswordField } from "../components/Common/Field";
import { FormError } from "../components/Common/FormError";
import { MailedLink } from "../components/Layout/MailedLink";
import { useAuth } from "../hooks/useAuth";
import { isNewPassword, useForm } from "../hooks/useForm";
import { usePageTitle } from "../hooks/usePageTitle";
import { t } from "../utils/i18n";

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
        label={t("common.newPassword")}
        help={t("resetPassword.atLeast12CharactersAll")}
        autoComplete="new-password"
        required
        autoFocus
        {...input("password")}
      />
      <Button look="main" type="submit" busy={busy}>
        {busy ? t("common.saving") : t("resetPassword.saveTheNewPassword")}
      </Button>
    </form>
  );
}

const ENDS = {
  done: {
    title: "resetPassword.yourNewPasswordIsSaved",
    words: "resetPassword.allYourDevicesAreSigned",
    to: "/login",
    action: "common.signIn",
  },
  invalid: {
    title: "common.thisLinkDoesntWorkAny",
    words: "resetPassword.itWasUsedBeforeIts",
    to: "/forgot-password",
    action: "resetPassword.sendANewLink",
  },
};

export default function ResetPassword() {
  usePageTitle(t("common.newPassword"));
  return (
    <MailedLink title={t("resetPassword.chooseANewPassword")} ends={ENDS} Form={NewPassword} />
  );
}
