import { useNavigate } from "react-router";

import { useDeletion } from "../../hooks/useDeletion";
import { t } from "../../utils/i18n";
import { Button } from "../Common/Button";
import { Icon } from "../Common/Icon";

/** A moment in which a deletion can be taken back. The region is always there, so that what comes into it is announced. */
export function UndoBar() {
  const { deleted, undo } = useDeletion();
  const navigate = useNavigate();
  return (
    <div role="status">
      {deleted && (
        <div className="bar flex flex-wrap items-center gap-x-3 bg-primary-soft px-4 py-1.5 text-ui text-on-primary-soft wide:px-6">
          <p className="flex min-w-0 flex-[1_1_15rem] gap-2.5 max-phone:py-1.5">
            <Icon name={deleted.failure ? "circle-alert" : "trash-2"} className="mt-px" />
            <span className="min-w-0 [overflow-wrap:anywhere]">
              {deleted.failure
                ? `${t("undoBar.failed", { title: deleted.title })} ${deleted.failure}`
                : t("undoBar.deleted", { title: deleted.title })}
            </span>
          </p>
          <Button
            data-undo
            className="px-2 text-on-primary-soft underline underline-offset-[0.2em] max-phone:ms-5.5 hover:bg-transparent"
            onClick={() => {
              undo();
              if (deleted.isOpen || deleted.failure) navigate(`/chat/${deleted.id}`);
            }}
          >
            {deleted.failure ? t("undoBar.open") : t("undoBar.undo")}
          </Button>
        </div>
      )}
    </div>
  );
}
