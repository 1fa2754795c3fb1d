import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";

import { Composer } from "../components/Chat/Composer";

function Writing({ initial = "", ...props }) {
  const [draft, setDraft] = useState(initial);
  return <Composer draft={draft} onDraft={setDraft} placeholder="Type your question" {...props} />;
}

const field = () => screen.getByLabelText("Your message");
const press = (name) => userEvent.click(screen.getByRole("button", { name }));

test("Enter sends what was written, trimmed", async () => {
  const onSend = jest.fn();
  render(<Writing onSend={onSend} />);
  await userEvent.type(field(), "  my knee hurts {Enter}");
  expect(onSend).toHaveBeenCalledWith("my knee hurts");
});

test("Shift and Enter start a new line", async () => {
  const onSend = jest.fn();
  render(<Writing onSend={onSend} />);
  await userEvent.type(field(), "one{Shift>}{Enter}{/Shift}two");
  expect(field()).toHaveValue("one\ntwo");
  expect(onSend).not.toHaveBeenCalled();
});

test("the button sends too, and the field keeps the focus", async () => {
  const onSend = jest.fn();
  render(<Writing onSend={onSend} initial="hello" />);
  await press("Send");
  expect(onSend).toHaveBeenCalledWith("hello");
  expect(field()).toHaveFocus();
});

test("nothing but blanks isn't sent", async () => {
  const onSend = jest.fn();
  render(<Writing onSend={onSend} initial="   " />);
  await press("Send");
  expect(onSend).not.toHaveBeenCalled();
});

test("while a reply runs, Stop takes Send's place and writing goes on", async () => {
  const onSend = jest.fn();
  const onStop = jest.fn();
  render(<Writing onSend={onSend} onStop={onStop} running />);
  expect(screen.queryByRole("button", { name: "Send" })).not.toBeInTheDocument();
  await userEvent.type(field(), "and then?{Enter}");
  expect(field()).toHaveValue("and then?");
  expect(onSend).not.toHaveBeenCalled();
  await press("Stop");
  expect(onStop).toHaveBeenCalledTimes(1);
});

test("stopping is asked for once", async () => {
  const onStop = jest.fn();
  render(<Writing onStop={onStop} running stopping />);
  await press("Stopping…");
  expect(onStop).not.toHaveBeenCalled();
});

test("a message that is too long stays, with the reason", async () => {
  const onSend = jest.fn();
  render(<Writing onSend={onSend} limit={5} initial="1234🙂7" />);
  expect(screen.getByText("Too long to send, by 1 character.")).toBeInTheDocument();
  await press("Send");
  expect(onSend).not.toHaveBeenCalled();
  expect(field()).toHaveValue("1234🙂7");
});

test("says when there is no connection", () => {
  render(<Writing connected={false} />);
  expect(screen.getByText("Not connected. You can go on writing.")).toBeInTheDocument();
});
