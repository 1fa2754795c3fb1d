import { useId } from "react";

import { THEMES, useThemeStore } from "../../stores/themeStore";
import { t } from "../../utils/i18n";
import { Icon } from "../Common/Icon";
import { Section } from "./Section";

const LOOKS = {
  system: ["monitor", "appearance.system"],
  light: ["sun", "appearance.light"],
  dark: ["moon", "appearance.dark"],
};

export function Appearance() {
  const { theme, choose } = useThemeStore();
  const name = useId();
  return (
    <Section title={t("appearance.title")}>
      <fieldset className="grid gap-2.5 phone:grid-cols-3">
        <legend className="sr-only">{t("appearance.title")}</legend>
        {THEMES.map((value) => {
          const [icon, words] = LOOKS[value];
          return (
            <label key={value} className="choice">
              <input
                type="radio"
                name={name}
                value={value}
                checked={theme === value}
                onChange={() => choose(value)}
              />
              {t(words)}
              <Icon name={icon} className="ms-auto" />
            </label>
          );
        })}
      </fieldset>
      <p className="meta">{t("appearance.keptOnThisDevice")}</p>
    </Section>
  );
}
