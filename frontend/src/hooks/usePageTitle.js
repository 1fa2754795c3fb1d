import { useEffect } from "react";
import { t } from "../utils/i18n";

export function usePageTitle(title) {
  useEffect(() => {
    document.title = title ? t("pageTitle.titleVeda", { title }) : "Veda";
  }, [title]);
}
