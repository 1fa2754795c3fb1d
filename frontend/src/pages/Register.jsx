import { Link, useLocation } from "react-router";

import { Button } from "../components/Common/Button";
import { ConsentField } from "../components/Common/ConsentField";
import { Field, PasswordField, SelectField } from "../components/Common/Field";
import { FormError } from "../components/Common/FormError";
import { DoorWithFacts } from "../components/Layout/Door";
import { useAuth } from "../hooks/useAuth";
import { useConfig } from "../hooks/useConfig";
import { filled, isAddress, useForm } from "../hooks/useForm";
import { usePageTitle } from "../hooks/usePageTitle";

const BLANK = { name: "", email: "", password: "", country: "", consent: false };
const CHECKS = {
  name: filled("Write your name."),
  email: isAddress,
  password: filled("Choose a password of at least 12 characters."),
};

export default function Register() {
  usePageTitle("Create an account");
  const { register } = useAuth();
  const { state } = useLocation();
  const { terms_version: version, countries = [] } = useConfig();
  const { input, check, busy, message, onSubmit } = useForm(
    BLANK,
    ({ consent, ...fields }) => register({ ...fields, consent: consent ? version : undefined }),
    CHECKS,
  );

  return (
    <DoorWithFacts title="Create your account" wide>
      <form
        className="sheet grid content-start gap-4.5 self-start p-[clamp(1.25rem,4vw,2rem)]"
        onSubmit={onSubmit}
        noValidate
      >
        <h2>Your details</h2>
        <FormError>{message}</FormError>
        <Field label="Name" autoComplete="name" required autoFocus {...input("name")} />
        <Field label="E-mail" type="email" autoComplete="email" required {...input("email")} />
        <PasswordField
          label="Password"
          autoComplete="new-password"
          required
          help="At least 12 characters."
          {...input("password")}
        />
        <SelectField
          label="Country"
          autoComplete="country"
          blank="Choose, for the right emergency numbers"
          help="So that Veda shows the emergency numbers of where you are."
          options={countries}
          {...input("country")}
        />
        <fieldset className="mt-1 min-w-0 border-t border-line pt-4">
          <legend className="sr-only">Needed to ask questions</legend>
          <p className="text-ui font-[620]" aria-hidden="true">
            Needed to ask questions
          </p>
          <ConsentField version={version} {...check("consent")} />
        </fieldset>
        <p className="meta">
          Veda notes by itself where a message suggests danger. Nobody watches the conversations: in
          an emergency call the numbers above.
        </p>
        <Button look="main" type="submit" busy={busy}>
          {busy ? "Creating your account…" : "Create account"}
        </Button>
        <p className="flex flex-wrap items-center justify-between gap-x-4">
          <span className="tap">Already have an account?</span>
          <Link className="tap" to="/login" state={state}>
            Sign in
          </Link>
        </p>
      </form>
    </DoorWithFacts>
  );
}
