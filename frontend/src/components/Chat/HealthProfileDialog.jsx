import { Link } from "react-router";

import { useConversationProfile } from "../../hooks/useHealthProfile";
import { t } from "../../utils/i18n";
import { Button } from "../Common/Button";
import { HealthProfileForm } from "../Common/HealthProfileForm";
import { Modal } from "../Common/Modal";
import { RichText } from "../Common/RichText";

/** Whom this conversation is about, in place of what the account says. */
export default function HealthProfileDialog({ id, onClose }) {
  const { profile, save, clear } = useConversationProfile(id);

  async function saveAndClose(said) {
    await save(said);
    onClose();
  }

  async function forget() {
    await clear();
    onClose();
  }

  return (
    <Modal title={t("healthProfile.whoIsThisAbout")} onClose={onClose}>
      <p className="text-ui">{t("healthProfile.youNeedNotSay")}</p>
      <p className="meta">
        <RichText
          id="healthProfile.forThisConversation"
          account={<Link to="/account" onClick={onClose} />}
        />
      </p>
      <HealthProfileForm profile={profile} onSave={saveAndClose}>
        {(busy) => (
          <div className="dialog-foot border-t border-line bg-surface pt-4">
            {profile.set_for === "conversation" && (
              <Button className="me-auto" onClick={forget}>
                {t("healthProfile.clearHere")}
              </Button>
            )}
            <Button look="line" onClick={onClose}>
              {t("common.cancel")}
            </Button>
            <Button look="main" type="submit" busy={busy}>
              {busy ? t("common.saving") : t("common.save")}
            </Button>
          </div>
        )}
      </HealthProfileForm>
    </Modal>
  );
}
