import { t } from "../../utils/i18n";

/** While the page finds out who is here. Quiet: it is usually gone before anybody could read. */
export function Waiting() {
  return (
    <main className="grid min-h-dvh place-items-center" aria-busy="true">
      <p className="meta flex items-center gap-2">
        <span className="pulse" aria-hidden="true" />
        {t("waiting.openingVeda")}
      </p>
    </main>
  );
}
