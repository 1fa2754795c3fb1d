import { useState } from "react";

import { usePictureStore } from "../stores/pictureStore";
import { useUiStore } from "../stores/uiStore";

/**
 * Changing a question that was asked, in the composer of the conversation `place`. Who thinks better of it finds there what
 * was being written before. `takeBack(question)` puts the question there. Messages keep `edit` from when they were drawn,
 * so it reads what there is now.
 */
export function useEditing({ place, removePicture, takeBack }) {
  const [before, setBefore] = useState(null);
  const isEditing = before?.place === place;
  const held = () => usePictureStore.getState().of(place);

  function edit(question) {
    const draft = useUiStore.getState().drafts[place] ?? "";
    setBefore({ place, draft, pictures: held() });
    takeBack(question);
  }

  function cancel() {
    useUiStore.getState().setDraft(place, before.draft);
    held()
      .filter(({ id }) => !before.pictures.some((picture) => picture.id === id))
      .forEach(({ id }) => removePicture(id));
    setBefore(null);
  }

  return { edit, isEditing, cancel, end: () => setBefore(null) };
}
