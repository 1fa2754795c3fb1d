import { useEffect } from "react";
import { useNavigate } from "react-router";

import { hearTabs } from "../services/tabs";
import { followTab } from "./useAuth";

/** Leaves with the tab in which the patient signs out; where somebody else signs in, this tab becomes theirs. */
export function useOtherTabs() {
  const navigate = useNavigate();
  useEffect(
    () => hearTabs((event) => followTab(event) && navigate("/login", { replace: true })),
    [navigate],
  );
}
