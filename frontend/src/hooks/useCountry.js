import { useState } from "react";

import { useAuth } from "./useAuth";

/**
 * Whose numbers are shown: those of the account's country, else of the one that the patient chooses, which the account keeps.
 * `code` is empty where nobody knows. `unsaved`: it is shown all the same, but the server couldn't take it.
 */
export function useCountry({ countries, country }) {
  const { user, changeDetails } = useAuth();
  const [chosen, setChosen] = useState(null);
  const [unsaved, setUnsaved] = useState(false);
  const stored = [user?.country, country].find((code) => code in countries) ?? "";

  async function choose(code) {
    setChosen(code);
    setUnsaved(false);
    if (!code || !user) return;
    try {
      await changeDetails({ country: code });
    } catch {
      setUnsaved(true);
    }
  }

  return { code: chosen ?? stored, isKnown: stored !== "", choose, unsaved };
}
