import { Navigate, Outlet, useLocation } from "react-router";

import { resumeSession, useAuth } from "../../hooks/useAuth";
import { Button } from "../Common/Button";
import { Door } from "./Door";
import { Waiting } from "./Waiting";
import { t } from "../../utils/i18n";

/** The page with all of them may not load either. */
const NUMBERS = ["999", "911", "112", "000"];

function Unreachable() {
  return (
    <Door>
      <div className="grid max-w-xl justify-items-start gap-4">
        <h1>{t("guards.vedaCantBeReached")}</h1>
        <p>{t("guards.checkYourConnectionNothingThat")}</p>
        <p className="flex flex-wrap items-center gap-x-4">
          {t("guards.inAnEmergencyCall")}
          {NUMBERS.map((number) => (
            <a key={number} className="tap" href={`tel:${number}`}>
              {number}
            </a>
          ))}
        </p>
        <Button look="main" onClick={resumeSession}>
          {t("common.tryAgainNow")}
        </Button>
      </div>
    </Door>
  );
}

/** Pages for those who are signed in; where `consent` is given, it stands before those who have to agree first. */
export function ForPatients({ consent }) {
  const { status, user, left } = useAuth();
  const location = useLocation();
  if (status === "starting") return <Waiting />;
  if (status === "unreachable") return <Unreachable />;
  if (status === "signedOut") {
    return <Navigate to="/login" state={left ? null : { from: location }} replace />;
  }
  return consent && !user.consent_current ? consent : <Outlet />;
}

/** Pages for those who aren't signed in yet; the others go where they wanted to. */
export function ForGuests() {
  const { status } = useAuth();
  const location = useLocation();
  if (status === "starting") return <Waiting />;
  if (status === "signedIn") return <Navigate to={location.state?.from ?? "/chat"} replace />;
  return <Outlet />;
}
