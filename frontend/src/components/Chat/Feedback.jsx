import { useId, useState } from "react";

import { opensDialog } from "../../app/danger";
import { useFeedback } from "../../hooks/useFeedback";
import { Button } from "../Common/Button";
import { Icon } from "../Common/Icon";
import { Resources } from "./Resources";
import { t } from "../../utils/i18n";

const COMMENT_CHARS = 1000;
const ASKS = {
  1: "feedback.whatWasGoodAboutIt",
  "-1": "feedback.whatWasMissingOrWrong",
};

function Thumb({ rating, given, icon, children, onClick }) {
  return (
    <Button
      className="px-2.5 font-[560]"
      aria-pressed={given?.rating === rating}
      onClick={() => onClick(rating)}
    >
      <Icon name={icon} />
      <span className="wordy">{children}</span>
    </Button>
  );
}

const show = (element) => element?.scrollIntoView({ block: "nearest" });

function Comment({ given, onSave, onClose }) {
  const id = useId();
  const [text, setText] = useState(given.comment ?? "");
  return (
    <form
      ref={show}
      className="mx-2.5 my-2 grid w-full scroll-mb-4 gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        onSave(text.trim());
      }}
    >
      <label className="text-ui font-[620]" htmlFor={id}>
        {t(ASKS[given.rating])}
      </label>
      <textarea
        id={id}
        className="input"
        rows={2}
        dir="auto"
        maxLength={COMMENT_CHARS}
        aria-describedby={`${id}-help`}
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      <p className="meta" id={`${id}-help`}>
        {t("feedback.staffMayReadThisBeside")}
      </p>
      <div className="flex flex-wrap gap-2">
        <Button look="line" type="submit">
          {t("common.save")}
        </Button>
        <Button onClick={onClose}>{t("common.close")}</Button>
      </div>
    </form>
  );
}

/** Whether an answer helped, and why. It is shown at once, and taken back where the server couldn't take it. */
export function Feedback({ reply, onRate }) {
  const { given, rate, comment, flag, failed } = useFeedback(reply, onRate);
  const [open, setOpen] = useState(false);

  function press(rating) {
    const isSame = given?.rating === rating;
    setOpen(!isSame);
    rate(isSame ? null : rating);
  }

  return (
    <>
      <div className="flex">
        <Thumb rating={1} given={given} icon="thumbs-up" onClick={press}>
          {t("feedback.helpful")}
        </Thumb>
        <Thumb rating={-1} given={given} icon="thumbs-down" onClick={press}>
          {t("feedback.notHelpful")}
        </Thumb>
      </div>
      {failed && <p className="error w-full px-2.5 py-1">{failed}</p>}
      {given && open && (
        <Comment
          key={given.rating}
          given={given}
          onClose={() => setOpen(false)}
          onSave={(text) => {
            comment(text);
            setOpen(false);
          }}
        />
      )}
      {flag?.emergency && !opensDialog(flag) && (
        <div className="w-full px-2.5">
          <Resources flag={flag} />
        </div>
      )}
    </>
  );
}
