import { Button } from "./Button";
import { t } from "../../utils/i18n";

/** Shows what `query` has brought by `children(data)`; until then that it is on its way, or that it didn't come. */
export function OnceKnown({ query, children }) {
  const { data, isError, refetch } = query;
  if (data) return children(data);
  if (!isError) return <p className="meta">{t("common.loading")}</p>;
  return (
    <>
      <p className="text-ui">{t("onceKnown.thisCouldntBeLoadedCheck")}</p>
      <Button look="line" className="justify-self-start" onClick={() => refetch()}>
        {t("common.tryAgain")}
      </Button>
    </>
  );
}
