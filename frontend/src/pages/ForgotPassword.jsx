import { useState } from "react";
import { Link, useLocation } from "react-router";

import { Button } from "../components/Common/Button";
import { Field } from "../components/Common/Field";
import { FormError } from "../components/Common/FormError";
import { DoorSheet } from "../components/Layout/Door";
import { isAddress, useForm } from "../hooks/useForm";
import { usePageTitle } from "../hooks/usePageTitle";
import { askForReset } from "../services/authService";
import { RichText } from "../components/Common/RichText";
import { t } from "../utils/i18n";

const CHECKS = { email: isAddress };

function AskForm({ onSent }) {
  const { input, busy, message, onSubmit } = useForm(
    { email: "" },
    async ({ email }) => {
      await askForReset(email.trim());
      onSent(email.trim());
    },
    CHECKS,
  );
  return (
    <form className="grid gap-4.5" onSubmit={onSubmit} noValidate>
      <p className="text-ui">{t("forgotPassword.writeTheEMailAddress")}</p>
      <FormError>{message}</FormError>
      <Field
        label={t("common.eMail")}
        type="email"
        autoComplete="username"
        required
        autoFocus
        {...input("email")}
      />
      <Button look="main" type="submit" busy={busy}>
        {busy ? t("common.sending") : t("forgotPassword.sendTheLink")}
      </Button>
    </form>
  );
}

/** The same words whether or not there is such an account. */
function Sent({ email, onAgain }) {
  return (
    <div className="grid gap-4.5 text-ui">
      <p>
        <RichText id="forgotPassword.ifThereIsAnAccount" values={{ email }} strong={<strong />} />
      </p>
      <p>{t("forgotPassword.nothingThereAfterAFew")}</p>
      <Button look="line" onClick={onAgain}>
        {t("forgotPassword.sendItAgain")}
      </Button>
    </div>
  );
}

export default function ForgotPassword() {
  usePageTitle(t("common.forgotYourPassword"));
  const { state } = useLocation();
  const [sentTo, setSentTo] = useState(null);
  return (
    <DoorSheet
      key={sentTo}
      title={sentTo ? t("forgotPassword.lookIntoYourMail") : t("common.forgotYourPassword")}
    >
      {sentTo ? (
        <Sent email={sentTo} onAgain={() => setSentTo(null)} />
      ) : (
        <AskForm onSent={setSentTo} />
      )}
      <Link className="tap" to="/login" state={state}>
        {t("forgotPassword.backToSigningIn")}
      </Link>
    </DoorSheet>
  );
}
