import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { toApiError } from "../services/apiError";
import { fetchPicture, uploadPicture } from "../services/uploads";
import { usePictureStore } from "../stores/pictureStore";
import { useUiStore } from "../stores/uiStore";
import { prepare, tooLarge, UNSUPPORTED } from "../utils/pictureFile";
import { makeUuid } from "../utils/uuid";
import { t } from "../utils/i18n";

const NONE = [];
const FRESH = { state: "uploading", progress: 0, problem: null, attachment: null };
const store = () => usePictureStore.getState();

/** The uploads under way, by the picture's id. */
const underWay = new Map();

const FAILURES = {
  unsupported_file: UNSUPPORTED,
  picture_too_large: "pictures.thisPictureHasTooMany",
  picture_unreadable: "pictures.thisPictureCouldntBeOpened",
  unreachable: "pictures.vedaCantBeReachedTry",
};
/** The same file would fail again. */
const FINAL = new Set(["unsupported_file", "picture_too_large", "picture_unreadable"]);

function failureOf(error, limits) {
  const { status, code, message } = toApiError(error);
  if (status === 413) return { text: tooLarge(limits.upload_bytes), retryable: false };
  return { text: code in FAILURES ? t(FAILURES[code]) : message, retryable: !FINAL.has(code) };
}

export const pictureQuery = (url) => ({
  queryKey: ["picture", url],
  queryFn: ({ signal }) => fetchPicture(url, { signal }),
  staleTime: Infinity,
});

/** Every upload ends, and nothing of it stays. */
export function forgetPictures() {
  underWay.forEach((abort) => abort.abort());
  store().clear();
}

/**
 * The pictures that wait in the composer of the conversation `place`. `within(task)` runs task(id) with a conversation
 * of the server.
 */
export function usePictures({ place, offered, limits, within }) {
  const client = useQueryClient();
  const items = usePictureStore(({ pictures }) => pictures[place] ?? NONE);
  const announce = useUiStore((ui) => ui.announce);
  const [notice, setNotice] = useState(null);
  const most = limits.attachments ?? Infinity;

  /** The picture itself: as it was chosen, or of one that was sent before, which has to come first. */
  async function fileOf({ file, name, url }) {
    if (file) return file;
    const blob = await client.fetchQuery(pictureQuery(url)).catch(() => null);
    return blob && new File([blob], name, { type: blob.type });
  }

  async function upload(item) {
    const { id } = item;
    const abort = new AbortController();
    const { signal } = abort;
    underWay.set(id, abort);
    store().change(id, FRESH);
    const onProgress = (progress) => store().change(id, { progress });
    try {
      const file = await fileOf(item);
      const { file: ready, problem } = file
        ? await prepare(file, limits)
        : { problem: t("pictures.thisPictureCouldntBeAttached") };
      if (signal.aborted) return;
      if (problem) {
        store().change(id, { state: "failed", problem: { text: problem, retryable: false } });
        return;
      }
      store().change(id, { file: ready });
      const attachment = await within((to) => uploadPicture(to, ready, { signal, onProgress }));
      if (signal.aborted) return;
      client.setQueryData(pictureQuery(attachment.url).queryKey, ready);
      store().change(id, { state: "ready", attachment });
      announce(t("pictures.thePictureIsUploaded"));
    } catch (error) {
      if (signal.aborted) return;
      store().change(id, { state: "failed", problem: failureOf(error, limits) });
    } finally {
      if (underWay.get(id) === abort) underWay.delete(id);
    }
  }

  function put(pictures) {
    const held = store().of(place);
    const room = Math.max(most - held.length, 0);
    const added = pictures
      .slice(0, room)
      .map((picture) => ({ id: makeUuid(), ...picture, ...FRESH }));
    const left = pictures.length - added.length;
    setNotice(left > 0 ? { place, text: t("pictures.aMessageTakesUpTo", { most, left }) } : null);
    store().put(place, [...held, ...added]);
    added.forEach(upload);
  }

  function remove(id) {
    underWay.get(id)?.abort();
    setNotice(null);
    store().put(
      place,
      store()
        .of(place)
        .filter((item) => item.id !== id),
    );
  }

  /** Takes the attachments that can be sent out of the composer. */
  function take() {
    const held = store().of(place);
    setNotice(null);
    store().put(
      place,
      held.filter(({ state }) => state !== "ready"),
    );
    return held.filter(({ state }) => state === "ready").map(({ attachment }) => attachment);
  }

  const add = (files) => put(files.map((file) => ({ file, name: file.name })));

  /** Attaches again what was sent before: the server takes each attachment once. */
  const addAgain = (attachments) =>
    put(
      attachments.map(({ url }, at) => ({
        url,
        file: null,
        name: t("common.pictureNumber", { number: at + 1 }),
      })),
    );

  return {
    items,
    notice: notice?.place === place ? notice.text : null,
    available: Boolean(offered) || items.length > 0,
    uploading: items.some(({ state }) => state === "uploading"),
    ready: items.some(({ state }) => state === "ready"),
    add,
    addAgain,
    remove,
    retry: upload,
    take,
  };
}
