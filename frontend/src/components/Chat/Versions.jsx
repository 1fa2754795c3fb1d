import { useEffect, useRef } from "react";

import { useUiStore } from "../../stores/uiStore";
import { t } from "../../utils/i18n";
import { Button } from "../Common/Button";
import { Icon } from "../Common/Icon";

/** Leads to the other answers to the same question. `at` counts from 0; `cameBy`: the step that led here, or 0. */
export function Versions({ at, count, cameBy, onStep }) {
  const announce = useUiStore((ui) => ui.announce);
  const frame = useRef(null);
  const words = t("versions.answerAtOfCount", { at: at + 1, count });

  /* The answer that had the focus is gone, and its button with it. */
  useEffect(() => {
    if (cameBy) frame.current.querySelector(`[data-step="${cameBy}"]`).focus();
  }, [cameBy]);

  function step(by) {
    onStep(by);
    announce(t("versions.answerAtOfCount", { at: at + by + 1, count }));
  }

  const button = (by, turned, label, isEnd) => (
    <Button
      className="btn-square"
      data-step={by}
      aria-label={label}
      busy={isEnd}
      onClick={() => step(by)}
    >
      <Icon name="chevron-down" className={`${turned} ${isEnd ? "opacity-40" : ""}`} />
    </Button>
  );

  return (
    <div className="flex items-center" ref={frame}>
      {button(-1, "rotate-90 rtl:-rotate-90", t("versions.previousAnswer"), at === 0)}
      <span className="text-ui">
        <span aria-hidden="true">{t("versions.atOfCount", { at: at + 1, count })}</span>
        <span className="sr-only">{words}</span>
      </span>
      {button(1, "-rotate-90 rtl:rotate-90", t("versions.nextAnswer"), at === count - 1)}
    </div>
  );
}
