import { useConversationProfile } from "../../hooks/useHealthProfile";
import { saysNothing, whomIn } from "../../utils/healthProfile";
import { t } from "../../utils/i18n";
import { Button } from "../Common/Button";
import { Icon } from "../Common/Icon";

/** Says whom the questions are taken to be about, and opens what was said of them. */
export function AboutButton({ id, onOpen }) {
  const { profile } = useConversationProfile(id);
  if (!profile) return null;
  return (
    /* Of a narrow row it takes what is left, and cuts its words short before it breaks the row. */
    <span className="flex min-w-26 flex-[1_1_0]">
      <Button
        className="max-w-full px-2.5 max-phone:px-1.5 font-[560]"
        aria-haspopup="dialog"
        onClick={onOpen}
      >
        <Icon name="users-round" />
        <span className="truncate">
          {saysNothing(profile)
            ? t("healthProfile.whoIsThisAbout")
            : t("healthProfile.aboutWhom", { whom: whomIn(profile) })}
        </span>
      </Button>
    </span>
  );
}
