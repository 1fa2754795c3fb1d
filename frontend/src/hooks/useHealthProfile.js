import { useQuery, useQueryClient } from "@tanstack/react-query";

import * as healthProfileService from "../services/healthProfileService";
import { useChatStore } from "../stores/chatStore";
import { useUiStore } from "../stores/uiStore";

const KEY = "healthProfile";

/** Whom questions are about: in a conversation, or (without an id) in all that have nothing of their own. */
export function useHealthProfile(id = null) {
  const client = useQueryClient();
  const { data } = useQuery({
    queryKey: [KEY, id],
    queryFn: () => healthProfileService.fetchHealthProfile(id),
  });

  async function save(profile) {
    client.setQueryData([KEY, id], await healthProfileService.setHealthProfile(id, profile));
    if (!id) client.removeQueries({ queryKey: [KEY], type: "inactive" });
  }

  async function clear() {
    await healthProfileService.clearHealthProfile(id);
    await client.invalidateQueries({ queryKey: [KEY] });
  }

  return { profile: data, save, clear };
}

/** The same of the open conversation; what is said before its first question waits for it. */
export function useConversationProfile(id = null) {
  const held = useHealthProfile(id);
  const { newProfile, setNewProfile } = useUiStore();
  if (id) return held;

  /** A picture or a recording may have made the conversation already. */
  async function told(profile, tell) {
    const { reserved } = useChatStore.getState();
    if (reserved) await tell(reserved.id);
    setNewProfile(profile);
  }

  return {
    profile: newProfile ? { ...newProfile, set_for: "conversation" } : held.profile,
    save: (profile) =>
      told(profile, (reserved) => healthProfileService.setHealthProfile(reserved, profile)),
    clear: () => told(null, healthProfileService.clearHealthProfile),
  };
}
