import { Link } from "react-router";

import { useConfig } from "../../hooks/useConfig";
import { t } from "../../utils/i18n";

const NOBODY = { name: "", contact: "", terms_url: "", privacy_url: "" };

/** Who runs this service, as far as they have told. */
const useOperator = () => ({ ...NOBODY, ...useConfig().operator });

function Contact({ contact }) {
  const href = /^https?:/.test(contact) ? contact : `mailto:${contact}`;
  return <a href={href}>{contact}</a>;
}

export function Operator() {
  const { name, contact } = useOperator();
  if (!name && !contact) return null;
  return (
    <p>
      {name && t("operator.vedaIsRunHereBy", { name })}{" "}
      {contact && (
        <>
          {t("operator.contact")} <Contact contact={contact} />
        </>
      )}
    </p>
  );
}

/** A page of ours, or of theirs; `apart`: in a tab of its own, so that a form that is filled in stays. */
function Paper({ to, apart, children }) {
  const isOurs = to.startsWith("/");
  if (isOurs && !apart) {
    return (
      <Link className="tap" to={to}>
        {children}
      </Link>
    );
  }
  return (
    <a className="tap" href={to} target="_blank" rel="noopener noreferrer">
      {children}
      <span className="sr-only"> {t("common.opensANewTab")}</span>
    </a>
  );
}

/** {purpose of a consent: what to read of it}. */
const PAPERS = {
  terms: ({ terms_url }) => [[terms_url || "/terms", "operator.termsOfUse"]],
  health_data: ({ privacy_url }) => [
    ["/privacy", "operator.howVedaUsesWhatYouWrite"],
    ...(privacy_url ? [[privacy_url, "operator.privacyNotice"]] : []),
  ],
};

/** What holds here, to read; `of`: only what belongs to that consent. */
export function Papers({ of, apart = false, children }) {
  const operator = useOperator();
  const purposes = of ? [of] : Object.keys(PAPERS);
  const papers = purposes.flatMap((purpose) => PAPERS[purpose]?.(operator) ?? []);
  if (!papers.length) return null;
  return (
    <p className="flex flex-wrap gap-x-5">
      {children}
      {papers.map(([to, id]) => (
        <Paper key={id} to={to} apart={apart}>
          {t(id)}
        </Paper>
      ))}
    </p>
  );
}
