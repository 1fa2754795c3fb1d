import { CheckField } from "./Field";
import { Operator, Papers } from "./Operator";
import { RichText } from "./RichText";
import { ToNumbers } from "./ToNumbers";
import { t } from "../../utils/i18n";

/** {purpose: [what one agrees to, what follows]}; the server's own label stands for a purpose that we don't know. */
const WORDS = {
  terms: ["consentFields.iAgreeToTheTerms"],
  health_data: ["consentFields.iAgreeThatVedaStores", "consentFields.withoutItVedaCantAnswer"],
  staff_reading: ["consentFields.staffOfThisServiceMay", "consentFields.eachTimeTheyHaveTo"],
  improvement: [
    "consentFields.myConversationsMayBeUsed",
    "consentFields.forExampleToFindQuestions",
  ],
};

export const wordsOf = ({ purpose, label }) => WORDS[purpose]?.map((id) => t(id)) ?? [label];

/** Who else gets some of it. */
export function Recipients({ recipients }) {
  if (!recipients.length)
    return <p className="meta">{t("consentFields.noOtherCompanyReceivesAnything")}</p>;
  return (
    <div className="meta">
      <p>{t("consentFields.othersReceiveSomeOfYour")}</p>
      <ul className="mt-1 list-disc ps-6">
        {recipients.map(({ name, receives }) => (
          <li key={name}>
            <RichText
              id="consentFields.receivesReceives"
              values={{ name, receives }}
              strong={<strong />}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Group({ title, consents, check, children }) {
  if (!consents.length) return null;
  return (
    <fieldset className="mt-1 min-w-0 border-t border-line pt-4">
      <legend className="sr-only">{title}</legend>
      <p className="text-ui font-[620]" aria-hidden="true">
        {title}
      </p>
      {consents.map((consent) => {
        const [words, help] = wordsOf(consent);
        return (
          <div key={consent.purpose}>
            <CheckField help={help} {...check(consent.purpose)}>
              {words}
            </CheckField>
            <div className="-mt-2 ps-9 pb-2">
              <Papers of={consent.purpose} apart />
            </div>
          </div>
        );
      })}
      {children}
    </fieldset>
  );
}

/** One box for each purpose, unticked; those that answers need apart from those of free choice. */
export function ConsentFields({ config, check }) {
  const { terms_version: version, consents, recipients } = config;
  return (
    <>
      <Group
        title={t("consentFields.neededToAskQuestions")}
        consents={consents.filter(({ required }) => required)}
        check={check}
      >
        <Recipients recipients={recipients} />
        <div className="meta mt-1">
          <Operator />
          <p>{t("consentFields.thisIsVersionVersionYou", { version })}</p>
        </div>
      </Group>
      <Group
        title={t("consentFields.yourChoice")}
        consents={consents.filter(({ required }) => !required)}
        check={check}
      />
      <p className="meta">
        <RichText id="consentFields.nobodyWatchesAllTheTime" numbers={<ToNumbers />} />
      </p>
    </>
  );
}
