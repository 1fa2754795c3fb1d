import { useEffect, useState } from "react";

import { useUiStore } from "../../stores/uiStore";
import { Button } from "../Common/Button";
import { Icon } from "../Common/Icon";
import { t } from "../../utils/i18n";

const SHOWN_FOR = 2500;

/** Pages without HTTPS have no clipboard; there, the old way through a selection still works. */
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
  return undefined;
}

export function CopyButton({ text }) {
  const [copied, setCopied] = useState(false);
  const announce = useUiStore((ui) => ui.announce);

  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), SHOWN_FOR);
    return () => clearTimeout(timer);
  }, [copied]);

  async function onClick() {
    await copy(text());
    setCopied(true);
    announce(t("copyButton.copied"));
  }

  return (
    <Button
      className="px-2.5 font-[560]"
      aria-label={t("copyButton.copyThisAnswer")}
      onClick={onClick}
    >
      <Icon name={copied ? "check" : "copy"} />
      <span>{copied ? t("copyButton.copied2") : t("copyButton.copy")}</span>
    </Button>
  );
}
