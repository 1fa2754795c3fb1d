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
import { RichText } from "../Common/RichText";
import { t } from "../../utils/i18n";

const BLANK = { current_password: "", new_password: "" };
const CHECKS = {
  current_password: filled("password.writeYourCurrentPassword"),
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
    tell(t("password.yourPasswordIsChangedAll"));
  }

  const { input, busy, message, onSubmit } = useForm(BLANK, change, CHECKS, PLACES);

  return (
    <form className="grid gap-4.5" onSubmit={onSubmit} noValidate>
      <FormError>{message}</FormError>
      {/* For password managers, which keep the two together. */}
      <input type="email" autoComplete="username" value={user.email} readOnly hidden />
      <PasswordField
        label={t("password.currentPassword")}
        autoComplete="current-password"
        required
        {...input("current_password")}
      />
      <PasswordField
        label={t("common.newPassword")}
        help={t("password.atLeast12CharactersAll")}
        autoComplete="new-password"
        required
        {...input("new_password")}
      />
      <div className="flex">
        <Button look="line" type="submit" busy={busy}>
          {busy ? t("password.changing") : t("password.changeThePassword")}
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
      <p className="text-ui">{t("password.yourAccountHasNoPassword")}</p>
      {mail && (
        <p className="text-ui">
          <RichText id="password.toHaveOneBesides" link={<Link to="/forgot-password" />} />
        </p>
      )}
    </>
  );
}

export function Password() {
  const { user } = useAuth();
  return (
    <Section title={t("common.password")}>
      {user.has_password ? <ChangeForm /> : <NoPassword />}
    </Section>
  );
}
