import { Link } from "react-router";

import { Button } from "../components/Common/Button";
import { ConsentFields } from "../components/Common/ConsentFields";
import { FormError } from "../components/Common/FormError";
import { OnceKnown } from "../components/Common/OnceKnown";
import { YearField } from "../components/Common/YearField";
import { DoorSheet } from "../components/Layout/Door";
import { asksYear, boxChecks, tickedIn, yearCheck, yearIn } from "../hooks/agreement";
import { useConsents } from "../hooks/useAccount";
import { useAuth } from "../hooks/useAuth";
import { useConfigQuery } from "../hooks/useConfig";
import { useForm } from "../hooks/useForm";
import { usePageTitle } from "../hooks/usePageTitle";
import { firstName } from "../utils/firstName";
import { formatDate } from "../utils/formatDate";
import { locale, t } from "../utils/i18n";

const namesIn = (recipients) => recipients.map(({ name }) => name);
const list = (names) => new Intl.ListFormat(locale()).format(names);

/** Who gets some of the data now and didn't then, or the other way round. */
function recipientsChanged(then, now) {
  const added = namesIn(now).filter((name) => !namesIn(then).includes(name));
  const gone = namesIn(then).filter((name) => !namesIn(now).includes(name));
  const told = [
    added.length && t("consent.nowReceives", { names: list(added), count: added.length }),
    gone.length && t("consent.noLongerReceives", { names: list(gone), count: gone.length }),
  ];
  return told.filter(Boolean).join(", ");
}

/** Why we ask again, as far as the server's record of what was agreed to tells. */
function whyAsked({ version, recipients, purposes, history }) {
  const needed = purposes.filter(({ required }) => required).map(({ purpose }) => purpose);
  const last = history
    .filter(({ purpose }) => needed.includes(purpose))
    .reduce((latest, row) => (latest?.given_at > row.given_at ? latest : row), null);
  if (!last) return t("consent.vedaNeedsYourAgreementBefore");
  if (last.version === version) {
    return t("consent.youTookBackAnAgreement");
  }
  const changed = recipientsChanged(last.recipients, recipients);
  const date = formatDate(last.given_at);
  return changed
    ? t("consent.recipientsChanged", { date, changed })
    : t("consent.termsChanged", { date });
}

function AgreeForm({ config }) {
  const { user, agree } = useAuth();
  const needsYear = asksYear(config) && !user.year_of_birth;

  const { input, check, busy, message, onSubmit } = useForm(
    { year_of_birth: "" },
    (values) =>
      agree({
        version: config.terms_version,
        purposes: tickedIn(values, config).flat(),
        ...yearIn(values),
      }),
    { ...(needsYear && yearCheck(config)), ...boxChecks(config) },
  );

  return (
    <form className="grid gap-4.5" onSubmit={onSubmit} noValidate>
      <FormError>{message}</FormError>
      {needsYear && <YearField least={config.minimum_age} {...input("year_of_birth")} />}
      <ConsentFields config={config} check={check} />
      <Button look="main" type="submit" busy={busy}>
        {t("common.goOnToVeda")}
      </Button>
    </form>
  );
}

/** Between signing in and the chat, for those who haven't agreed to the present terms. */
export default function Consent() {
  usePageTitle(t("consent.beforeYouAsk"));
  const { user, signOut } = useAuth();
  const { data } = useConsents();

  return (
    <DoorSheet title={t("consent.beforeYouAskName", { name: firstName(user.name) })}>
      <p className="text-ui">{data ? whyAsked(data) : t("consent.vedaNeedsYourAgreement")}</p>
      <OnceKnown query={useConfigQuery()}>{(config) => <AgreeForm config={config} />}</OnceKnown>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <Link className="tap" to="/account">
          {t("consent.yourAccountAndYourData")}
        </Link>
        <Button className="-mx-4" onClick={signOut}>
          {t("common.signOut")}
        </Button>
      </div>
    </DoorSheet>
  );
}
