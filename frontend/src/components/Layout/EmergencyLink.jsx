import { useAuthStore } from "../../stores/authStore";
import { Icon } from "../Common/Icon";
import { RichText } from "../Common/RichText";

/** The server renders that page itself, so that it works when nothing of ours does. */
export function EmergencyLink({ short = false }) {
  const country = useAuthStore((state) => state.user?.country);
  return (
    <a className="emergency-link" href={country ? `/emergency#${country}` : "/emergency"}>
      <Icon name="phone" />
      <span>
        <RichText
          id="emergencyLink.emergencyNumbers"
          more={<span className={short ? "wordy" : undefined} />}
        />
      </span>
    </a>
  );
}
