import { Link, useLocation } from "react-router";

import { Button } from "../components/Common/Button";
import { Field, PasswordField } from "../components/Common/Field";
import { FormError } from "../components/Common/FormError";
import { Icon } from "../components/Common/Icon";
import { DoorWithFacts } from "../components/Layout/Door";
import { useAuth } from "../hooks/useAuth";
import { filled, isAddress, useForm } from "../hooks/useForm";
import { usePageTitle } from "../hooks/usePageTitle";

const BLANK = { email: "", password: "" };
const CHECKS = { email: isAddress, password: filled("Write your password.") };

export default function Login() {
  usePageTitle("Sign in");
  const { login, notice } = useAuth();
  const { state } = useLocation();
  const { input, busy, message, onSubmit } = useForm(BLANK, login, CHECKS);

  return (
    <DoorWithFacts title="Health questions, answered from sources you can read">
      <form
        className="sheet grid content-start gap-4.5 self-start p-[clamp(1.25rem,4vw,2rem)]"
        onSubmit={onSubmit}
        noValidate
      >
        <h2>Sign in</h2>
        {notice && (
          <p className="flex gap-2.5 rounded-control bg-caution-soft px-3.5 py-3 text-ui text-on-caution">
            <Icon name="info" className="mt-px" />
            <span>{notice}</span>
          </p>
        )}
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
          <span className="tap">New here?</span>
          <Link className="tap" to="/register" state={state}>
            Create an account
          </Link>
        </p>
      </form>
    </DoorWithFacts>
  );
}
