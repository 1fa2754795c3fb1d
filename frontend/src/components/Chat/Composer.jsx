import { useEffect, useId, useRef } from "react";

import { Button } from "../Common/Button";
import { Icon } from "../Common/Icon";
import { ImageUploader, pastePictures, PhotoButton, useDrop } from "./ImageUploader";
import { VoiceInput, VoiceProblem } from "./VoiceInput";
import { t } from "../../utils/i18n";

const NO_PICTURES = { available: false, items: [], uploading: false, ready: false };
const NO_VOICE = { available: false, phase: "idle", problem: null, heard: false };

const grows = () => CSS.supports?.("field-sizing", "content");

/** Where the browser doesn't let a text area grow with its text. */
function fit(area) {
  if (grows()) return;
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight}px`;
}

function Hint({ connected, running, queued, left, uploading, heard, staff }) {
  if (left < 0) {
    return (
      <span className="font-[560] text-danger-ink">
        {t("composer.tooLongToSendBy", { count: -left })}
      </span>
    );
  }
  if (uploading) return t("composer.thePictureIsBeingUploaded");
  if (heard) {
    return <span className="font-[560] text-ink">{t("composer.namesOfMedicinesAndDoses")}</span>;
  }
  if (left < 200) return t("composer.leftCharactersLeft", { left });
  if (!connected) return t("composer.notConnectedYouCanGo");
  if (running) {
    return (
      <>
        {queued ? t("composer.yourQuestionIsInTheQueue") : t("common.vedaIsAnswering")}
        <span className="wordy"> {t("composer.youCanWriteYourNext")}</span>
      </>
    );
  }
  if (staff) return t("composer.whileNameIsHereYour", { name: staff.name });
  return (
    <>
      {t("composer.pleaseLeaveOutNamesAnd")}
      <span className="wordy"> {t("composer.enterSendsShiftEnterStarts")}</span>
    </>
  );
}

/** What the field is for while a question is changed, and the way back. */
function Editing({ onCancel }) {
  return (
    <p className="flex items-center gap-2 ps-3 text-ui">
      <Icon name="pen-line" className="text-link" />
      <span className="flex-1">{t("composer.youAreChangingYourQuestion")}</span>
      <Button className="px-2.5" onClick={onCancel}>
        {t("common.cancel")}
      </Button>
    </p>
  );
}

/** Speaking hides the field and shows it again: then the focus goes to what the patient needs next. */
function useFocusAfterSpeaking({ phase, heard, problem }, form) {
  const before = useRef({ phase, problem });
  useEffect(() => {
    const { current } = before;
    const closed = current.problem && !problem;
    const ended = phase === "idle" && (current.phase !== "idle" || closed);
    before.current = { phase, problem };
    /* Whoever went elsewhere has the focus there. */
    if (!ended || document.activeElement !== document.body) return;
    if (heard) {
      const field = form.current.querySelector("textarea");
      field.focus();
      field.setSelectionRange(field.value.length, field.value.length);
      field.scrollTop = field.scrollHeight;
    } else {
      form.current.querySelector(problem?.again ? "[data-first]" : "[data-speak]")?.focus();
    }
  }, [phase, heard, problem, form]);
}

/**
 * Where the patient writes, speaks and adds pictures. While a reply runs, Stop takes Send's place and writing goes on.
 * `aside`: on a low screen it makes room until somebody writes.
 */
export function Composer({
  draft,
  onDraft,
  onSend,
  onTooLong,
  onStop,
  onCancelEdit = null,
  running = false,
  queued = false,
  stopping = false,
  sending = false,
  connected = true,
  voice = NO_VOICE,
  pictures = NO_PICTURES,
  limit = Infinity,
  staff = null,
  about = null,
  placeholder,
  autoFocus = false,
  aside = false,
}) {
  const area = useRef(null);
  const form = useRef(null);
  const photo = useRef(null);
  const id = useId();
  const left = limit - [...draft.trim()].length;

  const speaking = voice.phase !== "idle";
  const over = useDrop(pictures.available && !speaking ? pictures.add : null);
  const hint = { connected, running, queued, left, staff, uploading: pictures.uploading };

  useEffect(() => fit(area.current), [draft, speaking]);
  useFocusAfterSpeaking(voice, form);

  function send() {
    const content = draft.trim();
    const something = content || pictures.ready;
    const free = !running && !sending && !pictures.uploading;
    if (left < 0) onTooLong?.(content);
    else if (something && free) onSend(content);
    area.current.focus();
  }

  function cancelEdit() {
    onCancelEdit();
    area.current.focus();
  }

  function onKeyDown(event) {
    if (event.key === "Escape" && !event.shiftKey && !event.nativeEvent.isComposing) {
      if (onCancelEdit) cancelEdit();
      return;
    }
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  }

  const makesRoom = aside && !running && !draft && !pictures.items.length;
  return (
    <div className={makesRoom ? "makes-room" : undefined}>
      {speaking && <VoiceInput voice={voice} />}
      <form
        ref={form}
        hidden={speaking}
        className={`sheet composer ${over ? "composer-over" : ""}`}
        onPaste={(event) => pictures.available && pastePictures(event, pictures.add)}
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        {onCancelEdit && <Editing onCancel={cancelEdit} />}
        {voice.problem && <VoiceProblem voice={voice} />}
        {pictures.available && (
          <ImageUploader pictures={pictures} onEmptied={() => photo.current.focus()} />
        )}
        {over && <p className="px-3 pt-2.5 font-[560] text-link">{t("composer.letGoToAddThe")}</p>}
        <label className="sr-only" htmlFor={id}>
          {t("composer.yourMessage")}
        </label>
        <textarea
          ref={area}
          id={id}
          rows={1}
          dir="auto"
          placeholder={placeholder}
          aria-describedby={`${id}-hint`}
          autoFocus={autoFocus}
          value={draft}
          onChange={({ target }) => onDraft(target.value)}
          onKeyDown={onKeyDown}
        />
        {/* Beside what wraps, so that Send is always at the end of the last row. */}
        <div className="grid grid-cols-[minmax(0,1fr)_auto] items-end gap-0.5">
          <div className="flex flex-wrap items-center gap-0.5">
            {pictures.available && <PhotoButton pictures={pictures} buttonRef={photo} />}
            {voice.available && (
              <Button className="px-2.5 max-phone:px-1.5" data-speak onClick={voice.start}>
                <Icon name="mic" />
                {t("composer.speak")}
              </Button>
            )}
            {about}
          </div>
          {running ? (
            <Button look="line" className="px-4.5" busy={stopping} onClick={onStop}>
              <Icon name="square" className="fill-current" />
              {stopping ? t("common.stopping") : t("composer.stop")}
            </Button>
          ) : (
            <Button
              look="main"
              type="submit"
              className="px-4.5"
              busy={sending || pictures.uploading}
            >
              <Icon name="arrow-up" />
              {t("composer.send")}
            </Button>
          )}
        </div>
      </form>
      <p className="meta px-2 pt-1.5" id={`${id}-hint`} hidden={speaking}>
        <Hint {...hint} heard={voice.heard && draft.trim()} />
      </p>
    </div>
  );
}
