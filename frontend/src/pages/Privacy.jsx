import { Recipients } from "../components/Common/ConsentFields";
import { Operator } from "../components/Common/Operator";
import { RichText } from "../components/Common/RichText";
import { Paper, Part } from "../components/Layout/Paper";
import { t } from "../utils/i18n";

function Theirs({ notice }) {
  return (
    <div className="meta">
      <Operator />
      {notice && (
        <p>
          <RichText id="privacy.theirNotice" notice={<a href={notice} />} />
        </p>
      )}
    </div>
  );
}

/** What becomes of what a patient writes: docs/privacy.md in plain words. */
export default function Privacy() {
  return (
    <Paper title={t("operator.howVedaUsesWhatYouWrite")}>
      {({ recipients, operator, conversation_retention_days: days = 0 }) => (
        <>
          <Theirs notice={operator?.privacy_url} />
          <Part
            title={t("privacy.whatIsKept")}
            words={["privacy.ofYou", "privacy.ofConversations", "privacy.neverKept"]}
          />
          <Part
            title={t("privacy.whatItIsFor")}
            words={["privacy.toAnswer", "privacy.toNoticeDanger", "privacy.notForAdvertising"]}
          />
          <Part title={t("privacy.whoSeesIt")} words={["privacy.staffMayRead"]}>
            <Recipients recipients={recipients} />
          </Part>
          <Part
            title={t("privacy.howLong")}
            words={["privacy.untilDeleted", "privacy.whatStays", "privacy.backups"]}
            values={{ days }}
          />
          <Part
            title={t("privacy.whatYouCanDo")}
            words={["privacy.inYourAccount", "privacy.takingBack"]}
          />
        </>
      )}
    </Paper>
  );
}
