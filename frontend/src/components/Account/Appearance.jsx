import { useId } from "react";

import { CHOICES, useThemeStore } from "../../stores/themeStore";
import { t } from "../../utils/i18n";
import { Icon } from "../Common/Icon";
import { Section } from "./Section";

const LOOKS = {
  system: { icon: "monitor", words: "appearance.system" },
  light: { icon: "sun", words: "appearance.light" },
  dark: { icon: "moon", words: "appearance.dark" },
};
/** Each in its own size, seen from the normal one. */
const SIZES = {
  normal: { words: "appearance.normal" },
  larger: { words: "appearance.larger", className: "text-[1.125em]" },
  largest: { words: "appearance.largest", className: "text-[1.25em]" },
};

/** `of`: which of the store's choices. */
function Choice({ of, legend, looks }) {
  const { [of]: chosen, choose } = useThemeStore();
  const name = useId();
  return (
    <fieldset className="grid gap-2.5 phone:grid-cols-3">
      <legend className="mb-2 text-ui font-[620]">{legend}</legend>
      {CHOICES[of].map((value) => {
        const { icon, words, className } = looks[value];
        return (
          <label key={value} className="choice">
            <input
              type="radio"
              name={name}
              value={value}
              checked={chosen === value}
              onChange={() => choose(of, value)}
            />
            <span className={className}>{t(words)}</span>
            {icon && <Icon name={icon} className="ms-auto" />}
          </label>
        );
      })}
    </fieldset>
  );
}

export function Appearance() {
  return (
    <Section title={t("appearance.title")}>
      <Choice of="theme" legend={t("appearance.colours")} looks={LOOKS} />
      <Choice of="text" legend={t("appearance.textSize")} looks={SIZES} />
      <p className="meta">{t("appearance.keptOnThisDevice")}</p>
    </Section>
  );
}
