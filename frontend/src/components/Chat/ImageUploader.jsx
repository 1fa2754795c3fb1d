import { useEffect, useEffectEvent, useRef, useState } from "react";

import { ACCEPTED } from "../../utils/pictureFile";
import { BlobImage } from "../Common/BlobImage";
import { Button } from "../Common/Button";
import { Icon } from "../Common/Icon";
import { formatPercent } from "../../utils/formatDate";
import { t } from "../../utils/i18n";

const picturesOf = (data) => [...(data?.files ?? [])];
const carriesFiles = ({ dataTransfer }) => [...(dataTransfer?.types ?? [])].includes("Files");

/** The button that chooses pictures, or takes them with the camera where the system offers it. */
export function PhotoButton({ pictures, buttonRef }) {
  const input = useRef(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        multiple
        accept={ACCEPTED.join()}
        aria-label={t("imageUploader.pictures")}
        onChange={({ target }) => {
          pictures.add([...target.files]);
          target.value = ""; // so that the same file can be chosen once more
        }}
      />
      <Button
        ref={buttonRef}
        className="px-2.5 max-phone:px-1.5"
        onClick={() => input.current.click()}
      >
        <Icon name="image-plus" />
        {t("imageUploader.photo")}
      </Button>
    </>
  );
}

/** Pictures that are dropped anywhere on the page. Gives whether some are held over it. */
export function useDrop(add) {
  const [over, setOver] = useState(false);
  const held = useEffectEvent(() => setOver(Boolean(add)));
  const dropped = useEffectEvent((files) => add?.(files));
  useEffect(() => {
    const ending = new AbortController();
    const on = (type, handle) =>
      window.addEventListener(
        type,
        (event) => {
          if (!carriesFiles(event)) return;
          event.preventDefault(); // or the browser would leave the page for the picture
          handle(event);
        },
        { signal: ending.signal },
      );
    on("dragover", () => held());
    on("dragleave", ({ relatedTarget }) => !relatedTarget && setOver(false));
    on("drop", ({ dataTransfer }) => {
      setOver(false);
      dropped(picturesOf(dataTransfer));
    });
    return () => ending.abort();
  }, []);
  return over;
}

/** Adds the pictures that are pasted; whatever else is pasted goes where it always goes. */
export function pastePictures(event, add) {
  const files = picturesOf(event.clipboardData);
  if (!files.length || event.clipboardData.types.includes("text/plain")) return;
  event.preventDefault();
  add(files);
}

function State({ item, name }) {
  if (item.state !== "uploading") return null;
  return (
    <span className="picture-state">
      <progress
        value={item.progress}
        max={1}
        aria-label={t("imageUploader.uploadingName", { name })}
      />
      {item.progress < 1 ? formatPercent(item.progress) : t("imageUploader.checking")}
    </span>
  );
}

const show = (element) => element?.scrollIntoView({ block: "nearest" });

/** Told and shown, however many pictures stand before it. */
function Problem({ children }) {
  return (
    <p ref={show} role="alert" className="error">
      <Icon name="circle-alert" className="mt-px" />
      <span>{children}</span>
    </p>
  );
}

/** What the browser itself can't open is shown as what it is: a file that is no picture here. */
function Preview({ item, number }) {
  const [broken, setBroken] = useState(false);
  const alt = t("imageUploader.pictureNumberName", { number, name: item.name });
  if (!item.file && item.state !== "failed") return null;
  if (broken || !item.file) {
    return (
      <span className="grid size-full place-items-center" role="img" aria-label={alt}>
        <Icon name="image-off" className="text-ink-soft" />
      </span>
    );
  }
  return <BlobImage blob={item.file} alt={alt} onError={() => setBroken(true)} />;
}

function Waiting({ item, number, onRemove, onRetry }) {
  const name = t("common.pictureNumber", { number });
  const failed = item.state === "failed";
  return (
    <li className={failed ? "picture-failed" : "picture-waiting"}>
      <span className="picture-frame">
        <Preview item={item} number={number} />
        <State item={item} name={name} />
      </span>
      {failed && (
        <div className="min-w-0 flex-1">
          <Problem>{item.problem.text}</Problem>
          {item.problem.retryable && (
            <Button className="-ms-2.5 px-2.5" onClick={() => onRetry(item)}>
              <Icon name="rotate-ccw" />
              {t("common.tryAgain")}
            </Button>
          )}
        </div>
      )}
      <button
        type="button"
        className="picture-remove"
        aria-label={t("imageUploader.removeName", { name })}
        onClick={() => onRemove(item.id)}
      >
        <span>
          <Icon name="x" />
        </span>
      </button>
    </li>
  );
}

/** The pictures that go with the next message. `onEmptied` takes the focus of the last one's button. */
export function ImageUploader({ pictures, onEmptied }) {
  const { items, notice } = pictures;
  const list = useRef(null);

  function remove(id) {
    const buttons = [...list.current.querySelectorAll(".picture-remove")];
    const at = items.findIndex((item) => item.id === id);
    const next = buttons[at + 1] ?? buttons[at - 1];
    pictures.remove(id);
    if (next) next.focus();
    else onEmptied();
  }

  if (!items.length && !notice) return null;
  return (
    <div className="pictures-waiting">
      {notice && <Problem>{notice}</Problem>}
      {items.length > 0 && (
        <ul
          ref={list}
          className="flex flex-wrap gap-3"
          aria-label={t("imageUploader.picturesToSend")}
        >
          {items.map((item, at) => (
            <Waiting
              key={item.id}
              item={item}
              number={at + 1}
              onRemove={remove}
              onRetry={pictures.retry}
            />
          ))}
        </ul>
      )}
      {!notice && items.every(({ state }) => state !== "failed") && (
        <p className="meta grid grid-cols-[1.125rem_1fr] gap-2">
          <Icon name="info" className="mt-0.5 size-4.5" />
          <span>{t("imageUploader.vedaCanDescribeAPicture")}</span>
        </p>
      )}
    </div>
  );
}
