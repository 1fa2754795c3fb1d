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
import { t } from "../utils/i18n";

const BLANK = { name: "", email: "", password: "", year_of_birth: "", country: "" };
const CHECKS = {
  name: filled("common.writeYourName"),
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
      <h2>{t("common.yourDetails")}</h2>
      <FormError>{message}</FormError>
      <Field label={t("common.name")} autoComplete="name" required autoFocus {...input("name")} />
      <Field
        label={t("common.eMail")}
        type="email"
        autoComplete="email"
        required
        {...input("email")}
      />
      <PasswordField
        label={t("common.password")}
        autoComplete="new-password"
        required
        help={t("register.atLeast12Characters")}
        {...input("password")}
      />
      {asksYear(config) && <YearField least={config.minimum_age} {...input("year_of_birth")} />}
      <SelectField
        label={t("common.country")}
        autoComplete="country"
        blank={t("register.chooseYourCountry")}
        help={t("common.soThatVedaShowsThe")}
        options={config.countries}
        {...input("country")}
      />
      <ConsentFields config={config} check={check} />
      <Button look="main" type="submit" busy={busy}>
        {busy ? t("register.creatingYourAccount") : t("register.createAccount")}
      </Button>
    </form>
  );
}

const SHUT = {
  closed: ["register.newAccountsCantBeCreated", "register.thoseWhoRunThisService"],
  invited: ["register.youNeedAnInvitation", "register.anAccountHereIsCreated"],
};

function Shut({ registration }) {
  const [title, words] = SHUT[registration];
  return (
    <>
      <h2>{t(title)}</h2>
      <p className="text-ui">{t(words)}</p>
    </>
  );
}

export default function Register() {
  usePageTitle(t("common.createAnAccount"));
  const query = useConfigQuery();
  const { state } = useLocation();
  const invitation = new URLSearchParams(useFragment()).get("invitation");
  const { registration } = query.data ?? {};
  const isShut = registration === "closed" || (registration === "invited" && !invitation);

  return (
    <DoorWithFacts title={t("register.createYourAccount")} wide>
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
          <span className="tap">{t("register.alreadyHaveAnAccount")}</span>
          <Link className="tap" to="/login" state={state}>
            {t("common.signIn")}
          </Link>
        </p>
        {query.data?.google && registration === "open" && <GoogleLink />}
      </div>
    </DoorWithFacts>
  );
}
