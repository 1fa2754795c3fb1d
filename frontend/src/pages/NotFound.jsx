import { Link } from "react-router";

import { Door } from "../components/Layout/Door";
import { usePageTitle } from "../hooks/usePageTitle";
import { t } from "../utils/i18n";

export default function NotFound() {
  usePageTitle(t("notFound.noSuchPage"));
  return (
    <Door>
      <div className="grid max-w-xl justify-items-start gap-4">
        <h1>{t("notFound.thereIsNoSuchPage")}</h1>
        <p>{t("notFound.theAddressMayBeOld")}</p>
        <Link className="btn btn-main" to="/chat">
          {t("account.backToYourConversations")}
        </Link>
      </div>
    </Door>
  );
}
