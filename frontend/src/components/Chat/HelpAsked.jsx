import { Button } from "../Common/Button";
import { Icon } from "../Common/Icon";

/** Above the composer, as long as the patient waits for a person. */
export function HelpAsked({ help, onOpen }) {
  return (
    <div className="quiet quiet-staff">
      <Icon name="user-round" />
      <p>You asked for a person. {help.message}</p>
      <Button className="px-2.5" aria-label="Asking for a person: details" onClick={onOpen}>
        Details
      </Button>
    </div>
  );
}
