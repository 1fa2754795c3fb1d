import { Icon } from "../Common/Icon";
import { RichText } from "../Common/RichText";
import { ToNumbers } from "../Common/ToNumbers";

export function EmergencyLink({ short = false }) {
  return (
    <ToNumbers className="emergency-link">
      <Icon name="phone" />
      <span>
        <RichText
          id="emergencyLink.emergencyNumbers"
          more={<span className={short ? "wordy" : undefined} />}
        />
      </span>
    </ToNumbers>
  );
}
