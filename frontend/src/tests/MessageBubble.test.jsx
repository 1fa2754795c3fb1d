import { render, screen } from "@testing-library/react";

import { MessageBubble, prepareAnswers } from "../components/Chat/MessageBubble";
import { reply } from "./samples";

test("once the part that draws answers is there, the first answer stands at once", async () => {
  window.requestIdleCallback = (task) => task();
  await prepareAnswers();
  render(<MessageBubble message={reply("r1", "Please call now.")} />);
  expect(screen.getByRole("article", { name: "Answer from Veda" })).toBeVisible();
});
