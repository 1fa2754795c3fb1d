import { RichText } from "../components/Common/RichText";
import { Paper, Part } from "../components/Layout/Paper";
import { t } from "../utils/i18n";

/** A date that no line ends within: a word joiner follows each hyphen. */
const unbroken = (version) => version.replaceAll("-", "-\u2060");

/** Veda's own terms in plain words; where those who run it have theirs, these only explain. */
export default function Terms() {
  return (
    <Paper title={t("operator.termsOfUse")}>
      {({ terms_version: version, minimum_age: least, operator }) => (
        <>
          <p className="meta">
            {operator?.terms_url ? (
              <RichText id="terms.theirsHold" terms={<a href={operator.terms_url} />} />
            ) : (
              t("terms.version", { version: unbroken(version) })
            )}
          </p>
          <Part
            title={t("terms.whatVedaIs")}
            words={["terms.itInforms", "terms.itCanBeWrong", "terms.askBeforeYouChange"]}
          />
          <Part title={t("terms.inAnEmergency")} words={["terms.vedaCallsNobody"]} />
          <Part
            title={t("account.yourAccount")}
            words={[least > 0 && "common.vedaIsForPeopleOf", "terms.oneAccountIsForOnePerson"]}
            values={{ least }}
          />
          <Part
            title={t("terms.whatYouWrite")}
            words={["terms.leaveOutNames", "terms.messagesAreScreened", "terms.writingCanBePaused"]}
          />
          <Part title={t("terms.howItEnds")} words={["terms.takeItBack", "terms.whenTheyChange"]} />
        </>
      )}
    </Paper>
  );
}
