import { useHealthProfile } from "../../hooks/useHealthProfile";
import { useNote } from "../../hooks/useNote";
import { saysNothing } from "../../utils/healthProfile";
import { t } from "../../utils/i18n";
import { Button } from "../Common/Button";
import { HealthProfileForm } from "../Common/HealthProfileForm";
import { Notice } from "../Common/Notice";
import { Section } from "./Section";

export function HealthProfile() {
  const { profile, save, clear } = useHealthProfile();
  const [note, tell] = useNote();

  async function saveAndTell(said) {
    tell(null);
    await (saysNothing(said) ? clear() : save(said));
    tell(t(saysNothing(said) ? "healthProfile.isCleared" : "healthProfile.isSaved"));
  }

  return (
    <Section title={t("healthProfile.whoQuestionsAreAbout")}>
      <p className="text-ui">{t("healthProfile.youNeedNotSay")}</p>
      {profile && (
        <HealthProfileForm profile={profile} onSave={saveAndTell}>
          {(busy) => (
            <>
              <p className="meta">{t("healthProfile.forAllConversations")}</p>
              <div className="flex flex-wrap items-center gap-3">
                <Button look="line" type="submit" busy={busy}>
                  {busy ? t("common.saving") : t("common.save")}
                </Button>
              </div>
            </>
          )}
        </HealthProfileForm>
      )}
      <Notice look="done">{note}</Notice>
    </Section>
  );
}
