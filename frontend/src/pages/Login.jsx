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

const BLANK = { email: "", password: "" };
const CHECKS = { email: isAddress, password: filled("Write your password.") };

/** Why signing in with Google ended here, by the `error` in the address. */
const GOOGLE_ENDS = new Map(
  Object.entries({
    google_off: "Signing in with Google isn’t set up here. Use your e-mail and password.",
    google_failed:
      "Signing in with Google didn’t work. Try again, or use your e-mail and password.",
    google_cancelled: "You didn’t finish signing in with Google. Nothing was changed.",
    google_unconfirmed:
      "Google can’t sign you in, because your e-mail address isn’t confirmed. If you have an account here, sign in with your password and confirm the address in your account.",
    registration_closed:
      "There is no account for this Google address, and none can be created here.",
    account_disabled: "This account is disabled.",
  }),
);

const CODE_CHECKS = { code: filled("Write the code.") };
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
      <h2>Your code</h2>
      <FormError>{message}</FormError>
      <Field
        label="Code"
        help="The 6 digits that your authenticator app shows now, or one of your recovery codes."
        inputMode="numeric"
        autoComplete="one-time-code"
        required
        autoFocus
        {...input("code")}
      />
      <Button look="main" type="submit" busy={busy}>
        {busy ? "Signing in…" : "Sign in"}
      </Button>
      <Button onClick={onBack}>Back</Button>
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

  return (
    <form className="sheet form" onSubmit={onSubmit} noValidate>
      <h2>Sign in</h2>
      <Notice>{notice ?? GOOGLE_ENDS.get(query.get("error"))}</Notice>
      <FormError>{message}</FormError>
      <Field
        label="E-mail"
        type="email"
        autoComplete="username"
        required
        autoFocus
        {...input("email")}
      />
      <PasswordField
        label="Password"
        autoComplete="current-password"
        required
        {...input("password")}
      />
      <Button look="main" type="submit" busy={busy}>
        {busy ? "Signing in…" : "Sign in"}
      </Button>
      <p className="flex flex-wrap items-center justify-between gap-x-4">
        {mail && (
          <Link className="tap" to="/forgot-password" state={state}>
            Forgot your password?
          </Link>
        )}
        {registration !== "closed" && (
          <Link className="tap" to="/register" state={state}>
            Create an account
          </Link>
        )}
      </p>
      {google && <GoogleLink />}
    </form>
  );
}

export default function Login() {
  usePageTitle("Sign in");
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
    <DoorWithFacts title="Health questions, answered from sources you can read">
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
