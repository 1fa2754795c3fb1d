import { useAuthStore } from "../../stores/authStore";
import { Icon } from "../Common/Icon";

/** The server renders that page itself, so that it works when nothing of ours does. */
export function EmergencyLink({ short = false }) {
  const country = useAuthStore((state) => state.user?.country);
  return (
    <a className="emergency-link" href={country ? `/emergency#${country}` : "/emergency"}>
      <Icon name="phone" />
      <span>
        Emergency<span className={short ? "wordy" : undefined}> numbers</span>
      </span>
    </a>
  );
}
