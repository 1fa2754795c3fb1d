import { Link, useLocation } from "react-router";

import { Button } from "../components/Common/Button";
import { ConsentFields } from "../components/Common/ConsentFields";
import { Field, PasswordField, SelectField } from "../components/Common/Field";
import { FormError } from "../components/Common/FormError";
import { GoogleLink } from "../components/Common/GoogleLink";
import { OnceKnown } from "../components/Common/OnceKnown";
import { YearField } from "../components/Common/YearField";
import { DoorWithFacts } from "../components/Layout/Door";
import { asksYear, boxChecks, tickedIn, yearCheck, yearIn } from "../hooks/agreement";
import { useAuth } from "../hooks/useAuth";
import { useConfigQuery } from "../hooks/useConfig";
import { filled, isAddress, isNewPassword, useForm } from "../hooks/useForm";
import { useFragment } from "../hooks/useFragment";
import { usePageTitle } from "../hooks/usePageTitle";

const BLANK = { name: "", email: "", password: "", year_of_birth: "", country: "" };
const CHECKS = {
  name: filled("Write your name."),
  email: isAddress,
  password: isNewPassword,
};
const PLACES = { email_taken: "email" };

function RegisterForm({ config, invitation }) {
  const { register } = useAuth();

  function create({ name, email, password, country, ...values }) {
    const [, free] = tickedIn(values, config);
    return register({
      name,
      email,
      password,
      ...yearIn(values),
      ...(country && { country }),
      consent: config.terms_version,
      ...(free.length && { purposes: free }),
      ...(invitation && { invitation }),
    });
  }

  const checks = { ...CHECKS, ...yearCheck(config), ...boxChecks(config) };
  const { input, check, busy, message, onSubmit } = useForm(BLANK, create, checks, PLACES);

  return (
    <form className="grid gap-4.5" onSubmit={onSubmit} noValidate>
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
      {asksYear(config) && <YearField least={config.minimum_age} {...input("year_of_birth")} />}
      <SelectField
        label="Country"
        autoComplete="country"
        blank="Choose, for the right emergency numbers"
        help="So that Veda shows the emergency numbers of where you are."
        options={config.countries}
        {...input("country")}
      />
      <ConsentFields config={config} check={check} />
      <Button look="main" type="submit" busy={busy}>
        {busy ? "Creating your account…" : "Create account"}
      </Button>
    </form>
  );
}

const SHUT = {
  closed: [
    "New accounts can’t be created here",
    "Those who run this service have closed registration. If you have an account, you can sign in.",
  ],
  invited: [
    "You need an invitation",
    "An account here is created with the link in an invitation. Open the link in your mail, or ask those who run this service for one.",
  ],
};

function Shut({ registration }) {
  const [title, words] = SHUT[registration];
  return (
    <>
      <h2>{title}</h2>
      <p className="text-ui">{words}</p>
    </>
  );
}

export default function Register() {
  usePageTitle("Create an account");
  const query = useConfigQuery();
  const { state } = useLocation();
  const invitation = new URLSearchParams(useFragment()).get("invitation");
  const { registration } = query.data ?? {};
  const isShut = registration === "closed" || (registration === "invited" && !invitation);

  return (
    <DoorWithFacts title="Create your account" wide>
      <div className="sheet form">
        <OnceKnown query={query}>
          {(config) =>
            isShut ? (
              <Shut registration={registration} />
            ) : (
              <RegisterForm config={config} invitation={invitation} />
            )
          }
        </OnceKnown>
        <p className="flex flex-wrap items-center justify-between gap-x-4">
          <span className="tap">Already have an account?</span>
          <Link className="tap" to="/login" state={state}>
            Sign in
          </Link>
        </p>
        {query.data?.google && registration === "open" && <GoogleLink />}
      </div>
    </DoorWithFacts>
  );
}
