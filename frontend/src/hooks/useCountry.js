import { useMemo, useState } from "react";

import { useAuth } from "./useAuth";

function zonesOf(region) {
  const place = new Intl.Locale("und", { region });
  return place.getTimeZones?.() ?? place.timeZones ?? []; // the older name, or a browser that knows neither
}

/** Where this device seems to be, by its time zone or else its language: a guess. Empty where neither tells. */
function likelyAmong(codes) {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const [, region] = /-([A-Z]{2})\b/.exec(navigator.language) ?? [];
  const near = codes.find((code) => zonesOf(code).includes(timeZone));
  return near ?? codes.find((code) => code === region) ?? "";
}

/**
 * Whose numbers are shown: those of the account's country, else of the one that the patient chooses, which the account keeps.
 * `code` is empty where nobody knows: then there may be a `likely` one. `unsaved`: it is shown all the same, but the server
 * couldn't take it.
 */
export function useCountry({ countries, country: known }) {
  const { user, changeDetails } = useAuth();
  const [chosen, setChosen] = useState(null);
  const [unsaved, setUnsaved] = useState(false);
  const stored = [user?.country, known].find((country) => country in countries) ?? "";
  const code = chosen ?? stored;
  const likely = useMemo(
    () => (code ? "" : likelyAmong(Object.keys(countries))),
    [code, countries],
  );

  async function choose(country) {
    setChosen(country);
    setUnsaved(false);
    if (!country || !user) return;
    try {
      await changeDetails({ country });
    } catch {
      setUnsaved(true);
    }
  }

  return { code, likely, isKnown: stored !== "", choose, unsaved };
}
