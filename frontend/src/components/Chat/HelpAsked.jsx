import { Button } from "../Common/Button";
import { Icon } from "../Common/Icon";

/** Above the composer, as long as the patient waits for a person. */
export function HelpAsked({ onOpen }) {
  return (
    <div className="quiet quiet-staff">
      <Icon name="user-round" />
      <p>You asked for a person.</p>
      <Button className="px-2.5" aria-label="Details of asking for a person" onClick={onOpen}>
        Details
      </Button>
    </div>
  );
}
