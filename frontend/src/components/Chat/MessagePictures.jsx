import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { pictureQuery } from "../../hooks/usePictures";
import { BlobImage } from "../Common/BlobImage";
import { Button } from "../Common/Button";
import { Icon } from "../Common/Icon";
import { Modal } from "../Common/Modal";
import { t } from "../../utils/i18n";

function Large({ blob, name, attachment, onClose }) {
  const { width, height } = attachment;
  return (
    <Modal title={name} className="dialog dialog-picture" onClose={onClose}>
      <BlobImage blob={blob} alt={name} width={width} height={height} />
      <Button look="line" data-first className="justify-self-end" onClick={onClose}>
        <Icon name="x" />
        {t("common.close")}
      </Button>
    </Modal>
  );
}

function Thumbnail({ attachment, name }) {
  const { data: blob, isError, refetch } = useQuery(pictureQuery(attachment.url));
  const [open, setOpen] = useState(false);
  if (isError) {
    return (
      <div className="thumbnail thumbnail-empty">
        <p>{t("messagePictures.thePictureCouldntBeLoaded")}</p>
        <Button onClick={refetch} aria-label={t("messagePictures.loadAgain", { name })}>
          <Icon name="rotate-ccw" />
          {t("common.tryAgain")}
        </Button>
      </div>
    );
  }
  if (!blob)
    return <p className="thumbnail thumbnail-empty">{t("messagePictures.loadingThePicture")}</p>;
  return (
    <>
      <button
        type="button"
        className="thumbnail"
        aria-label={t("messagePictures.enlarge", { name })}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        <BlobImage blob={blob} alt="" />
      </button>
      {open && (
        <Large blob={blob} name={name} attachment={attachment} onClose={() => setOpen(false)} />
      )}
    </>
  );
}

/** The pictures of a patient's message; each opens large. */
export function MessagePictures({ attachments = [] }) {
  if (!attachments.length) return null;
  const one = attachments.length === 1;
  return (
    <ul
      className={`thumbnails ${one ? "thumbnails-one" : ""}`}
      aria-label={t("messagePictures.picturesYouSent")}
    >
      {attachments.map((attachment, at) => (
        <li key={attachment.id}>
          <Thumbnail
            attachment={attachment}
            name={
              one
                ? t("messagePictures.pictureYouSent")
                : t("messagePictures.pictureNumberOfLength", {
                    number: at + 1,
                    length: attachments.length,
                  })
            }
          />
        </li>
      ))}
    </ul>
  );
}
