import { useState } from "react";
import { Link, useLocation, useNavigate, useSearchParams } from "react-router";

import { Button } from "../components/Common/Button";
import { Field, PasswordField } from "../components/Common/Field";
import { FormError } from "../components/Common/FormError";
import { GoogleLink } from "../components/Common/GoogleLink";
import { Notice } from "../components/Common/Notice";
import { DoorWithFacts } from "../components/Layout/Door";
import { useAuth } from "../hooks/useAuth";
import { useConfig } from "../hooks/useConfig";
import { filled, isAddress, useForm } from "../hooks/useForm";
import { usePageTitle } from "../hooks/usePageTitle";
import { isCode } from "../services/apiError";
import { t } from "../utils/i18n";

const BLANK = { email: "", password: "" };
const CHECKS = { email: isAddress, password: filled("common.writeYourPassword") };

/** Why signing in with Google ended here, by the `error` in the address. */
const GOOGLE_ENDS = new Map(
  Object.entries({
    google_off: "login.signingInWithGoogleIsnt",
    google_failed: "login.signingInWithGoogleDidnt",
    google_cancelled: "login.youDidntFinishSigningIn",
    google_unconfirmed: "login.googleCantSignYouIn",
    registration_closed: "login.thereIsNoAccountFor",
    account_disabled: "login.thisAccountIsDisabled",
  }),
);

const CODE_CHECKS = { code: filled("login.writeTheCode") };
const CODE_PLACES = { second_factor_wrong: "code" };

/** The second step of an account that asks for one. */
function CodeForm({ onCode, onBack }) {
  const submit = ({ code }) => onCode(code.replaceAll(/\s/g, ""));
  const { input, busy, message, onSubmit } = useForm(
    { code: "" },
    submit,
    CODE_CHECKS,
    CODE_PLACES,
  );
  return (
    <form className="sheet form" onSubmit={onSubmit} noValidate>
      <h2>{t("login.yourCode")}</h2>
      <FormError>{message}</FormError>
      <Field
        label={t("login.code")}
        help={t("login.the6DigitsThatYour")}
        inputMode="numeric"
        autoComplete="one-time-code"
        required
        autoFocus
        {...input("code")}
      />
      <Button look="main" type="submit" busy={busy}>
        {busy ? t("login.signingIn") : t("common.signIn")}
      </Button>
      <Button onClick={onBack}>{t("login.back")}</Button>
    </form>
  );
}

function PasswordForm({ initial, onSecondStep }) {
  const { login, notice } = useAuth();
  const { google, mail, registration } = useConfig();
  const { state } = useLocation();
  const [query] = useSearchParams();

  async function enter(values) {
    try {
      await login(values);
    } catch (error) {
      if (!isCode(error, "second_factor_required")) throw error;
      onSecondStep(values);
    }
  }

  const { input, busy, message, onSubmit } = useForm(initial, enter, CHECKS);
  const ended = GOOGLE_ENDS.get(query.get("error"));

  return (
    <form className="sheet form" onSubmit={onSubmit} noValidate>
      <h2>{t("common.signIn")}</h2>
      <Notice>{notice ?? (ended && t(ended))}</Notice>
      <FormError>{message}</FormError>
      <Field
        label={t("common.eMail")}
        type="email"
        autoComplete="username"
        required
        autoFocus
        {...input("email")}
      />
      <PasswordField
        label={t("common.password")}
        autoComplete="current-password"
        required
        {...input("password")}
      />
      <Button look="main" type="submit" busy={busy}>
        {busy ? t("login.signingIn") : t("common.signIn")}
      </Button>
      <p className="flex flex-wrap items-center justify-between gap-x-4">
        {mail && (
          <Link className="tap" to="/forgot-password" state={state}>
            {t("common.forgotYourPassword")}
          </Link>
        )}
        {registration !== "closed" && (
          <Link className="tap ms-auto" to="/register" state={state}>
            {t("common.createAnAccount")}
          </Link>
        )}
      </p>
      {google && <GoogleLink />}
    </form>
  );
}

export default function Login() {
  usePageTitle(t("common.signIn"));
  const { login, loginWithGoogleCode } = useAuth();
  const navigate = useNavigate();
  const { state } = useLocation();
  const [query] = useSearchParams();
  const [credentials, setCredentials] = useState(null);
  const atGoogle = query.get("step") === "code";

  function goBack() {
    setCredentials(null);
    if (atGoogle) navigate("/login", { replace: true, state });
  }

  return (
    <DoorWithFacts title={t("login.healthQuestionsAnsweredFromSources")}>
      {credentials || atGoogle ? (
        <CodeForm
          onCode={(code) =>
            credentials ? login({ ...credentials, code }) : loginWithGoogleCode(code)
          }
          onBack={goBack}
        />
      ) : (
        <PasswordForm initial={BLANK} onSecondStep={setCredentials} />
      )}
    </DoorWithFacts>
  );
}
