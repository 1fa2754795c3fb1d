import { useMediaQuery } from "../../hooks/useMediaQuery";
import { useUiStore } from "../../stores/uiStore";
import { formatDateAndTime } from "../../utils/formatDate";
import { Button } from "../Common/Button";
import { Icon } from "../Common/Icon";
import { MenuButton } from "../Common/MenuButton";
import { EmergencyLink } from "./EmergencyLink";
import { t } from "../../utils/i18n";

/** Nothing tells whether there is a keyboard; a mouse or a track-pad mostly comes with one. */
const POINTS = "(any-pointer: fine)";

function Person({ staff, label }) {
  const setDialog = useUiStore((ui) => ui.setDialog);
  if (staff) {
    return (
      <p className="presence-here">
        <Icon name="user-round-check" />
        {t("topbar.nameIsHere", { name: staff.name })}
      </p>
    );
  }
  return (
    <Button look="line" onClick={() => setDialog("person")}>
      <Icon name="user-round" />
      {label}
    </Button>
  );
}

/**
 * The conversation's name, what can be done with it, and the way to help that is on every page. `lastAt`: of its last
 * message. `paused`: the way to a person stands in the composer's place.
 */
export function Topbar({ title, hasConversation, lastAt, isWide, staff, asked, paused, onSave }) {
  const setSidebarOpen = useUiStore((ui) => ui.setSidebarOpen);
  const setDialog = useUiStore((ui) => ui.setDialog);
  const hasKeys = useMediaQuery(POINTS);
  const person = asked ? t("topbar.personAskedFor") : t("common.askForAPerson");

  return (
    <header className="topbar @container relative z-10 flex items-center gap-2 max-phone:gap-1 border-b border-line bg-[color-mix(in_srgb,var(--v-veil)_70%,transparent)] px-3 max-phone:px-1.5 py-1.5 wide:gap-3 wide:px-6 wide:py-2">
      {!isWide && (
        <Button
          className="btn-square"
          aria-label={t("topbar.openTheListOfConversations")}
          onClick={() => setSidebarOpen(true)}
        >
          <Icon name="menu" />
        </Button>
      )}
      {title ? (
        <h1
          tabIndex={-1}
          dir="auto"
          data-page-heading
          title={title}
          /* Of large letters a small screen has room for parts only, which say nothing. */
          className="@max-[16rem]:opacity-0 line-clamp-2 min-w-0 flex-1 text-ui leading-[1.2] font-[620] tracking-normal text-pretty hyphens-auto max-phone:text-meta max-phone:leading-[1.2] wide:line-clamp-1 wide:text-body"
        >
          {title}
        </h1>
      ) : (
        <p className="min-w-0 flex-1 text-ui font-[620]">{!isWide && "Veda"}</p>
      )}
      {lastAt && (
        <p className="on-paper meta">
          {t("topbar.conversationWithVeda", { moment: formatDateAndTime(lastAt) })}
        </p>
      )}
      <EmergencyLink short />
      {hasConversation && isWide && (staff || !paused) && <Person staff={staff} label={person} />}
      {hasConversation && (
        <MenuButton
          label={t("topbar.more")}
          items={[
            !isWide &&
              !staff &&
              !paused && {
                icon: "user-round",
                label: person,
                onSelect: () => setDialog("person"),
              },
            {
              icon: "download",
              label: t("topbar.saveAsText"),
              onSelect: onSave,
            },
            { icon: "printer", label: t("topbar.print"), onSelect: () => window.print() },
            { icon: "pen-line", label: t("common.rename"), onSelect: () => setDialog("rename") },
            hasKeys && {
              icon: "keyboard",
              label: t("shortcuts.title"),
              onSelect: () => setDialog("shortcuts"),
            },
            { icon: "trash-2", label: t("common.delete"), onSelect: () => setDialog("delete") },
          ].filter(Boolean)}
        />
      )}
    </header>
  );
}
