import { t } from "../../utils/i18n";
import { Button } from "../Common/Button";
import { Modal } from "../Common/Modal";

const MOD = /Mac|iP/.test(navigator.platform) ? "⌘" : "Ctrl";
const SHORTCUTS = [
  [["Enter"], "shortcuts.send"],
  [["Shift", "Enter"], "shortcuts.newLine"],
  [["Shift", "Esc"], "shortcuts.write"],
  [[MOD, "Shift", "O"], "shortcuts.newConversation"],
  [[MOD, "K"], "shortcuts.search"],
  [["?"], "shortcuts.list"],
];

export function ShortcutsDialog({ onClose }) {
  return (
    <Modal title={t("shortcuts.title")} onClose={onClose}>
      <dl className="grid items-center gap-x-6 gap-y-1.5 text-ui phone:grid-cols-[1fr_auto] phone:gap-y-3">
        {SHORTCUTS.map(([keys, id]) => (
          <div key={id} className="contents">
            <dt>{t(id)}</dt>
            <dd className="flex gap-1 max-phone:pb-1.5">
              {keys.map((key) => (
                <kbd key={key} className="key">
                  {key}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <div className="dialog-foot">
        <Button look="line" data-first onClick={onClose}>
          {t("common.close")}
        </Button>
      </div>
    </Modal>
  );
}
