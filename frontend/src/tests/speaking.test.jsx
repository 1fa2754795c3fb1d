import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";

import { useUiStore } from "../stores/uiStore";
import { FakeMediaRecorder, plugIn, unplug } from "./fakeMicrophone";
import { answer, cutOff, later, refuse, serve } from "./fakeServer";
import { renderApp } from "./renderApp";
import { chatRoutes, CONFIG, conversation, CONVERSATION, OTHER, page, PATIENT } from "./samples";

const NAMELESS = conversation(CONVERSATION, "");
const SPEECH = { ...CONFIG, inputs: { speech: true, pictures: false } };
const CREATE = "POST /api/conversations";
const TRANSCRIBE = `POST /api/conversations/${CONVERSATION}/transcriptions`;
const HEARD = { text: "since Sunday I cough", language: "en", duration: 2 };
const ROUTES = {
  ...chatRoutes([NAMELESS]),
  "GET /api/config": SPEECH,
  "GET /api/conversations": page([]),
  [CREATE]: NAMELESS,
};

let microphone;
beforeEach(() => {
  microphone = plugIn();
});
afterEach(unplug);

function open(routes = {}, path = "/chat") {
  const calls = serve({ ...ROUTES, [TRANSCRIBE]: HEARD, ...routes });
  renderApp(path, { user: PATIENT });
  return calls;
}

const announced = () => useUiStore.getState().announcement;
const field = () => screen.getByLabelText("Your message");
const press = async (name) => userEvent.click(await screen.findByRole("button", { name }));
const named = (calls, wanted) => calls.filter(({ name }) => name === wanted);

async function speak() {
  await press("Speak");
  await press("Stop and check");
}

test("what was said lands behind what was typed, to be read before it is sent", async () => {
  const calls = open();
  await userEvent.type(await screen.findByLabelText("Your message"), "Good morning. ");
  await speak();
  await waitFor(() => expect(field()).toHaveValue("Good morning. since Sunday I cough"));
  expect(field()).toHaveFocus();
  expect(field().selectionStart).toBe(field().value.length);
  expect(screen.getByText(/easily misheard/)).toBeInTheDocument();
  expect(announced()).toMatch(/Your words are in the message field/);
  const [sent] = named(calls, TRANSCRIBE);
  expect(sent.body.get("file")).toMatchObject({ name: "recording.webm", size: 5 });
  expect(calls.some(({ name }) => name.endsWith("/messages") && name.startsWith("POST"))).toBe(
    false,
  );
});

test("a conversation is made once for it, and takes the message", async () => {
  const calls = open();
  await speak();
  await waitFor(() => expect(field()).toHaveValue(HEARD.text));
  expect(screen.getByTestId("address")).toHaveTextContent(/^\/chat$/);
  await speak();
  await waitFor(() => expect(field()).toHaveValue(`${HEARD.text} ${HEARD.text}`));
  await press("Send");
  await waitFor(() =>
    expect(screen.getByTestId("address")).toHaveTextContent(`/chat/${CONVERSATION}`),
  );
  expect(named(calls, CREATE)).toHaveLength(1);
});

test("a conversation that was deleted meanwhile is replaced", async () => {
  const ids = [CONVERSATION, OTHER];
  const other = TRANSCRIBE.replace(CONVERSATION, OTHER);
  open({
    [CREATE]: () => conversation(ids.shift(), ""),
    [TRANSCRIBE]: refuse(404, "not_found"),
    [other]: HEARD,
  });
  await speak();
  await waitFor(() => expect(field()).toHaveValue(HEARD.text));
});

test("while it is recorded, time runs and Escape cancels", async () => {
  const calls = open();
  await press("Speak");
  expect(await screen.findByRole("button", { name: "Stop and check" })).toHaveFocus();
  expect(screen.getByRole("timer")).toHaveTextContent("0:00 of 2:00");
  expect(screen.getByRole("region", { name: "Recording" })).toBeInTheDocument();
  await userEvent.keyboard("{Escape}");
  expect(screen.getByRole("button", { name: "Speak" })).toHaveFocus();
  expect(microphone.track.stop).toHaveBeenCalled();
  expect(named(calls, TRANSCRIBE)).toHaveLength(0);
});

test("near the limit the rest is shown and told; a silent microphone is told too", async () => {
  open({ "GET /api/config": { ...SPEECH, limits: { ...SPEECH.limits, audio_seconds: 20 } } });
  const button = await screen.findByRole("button", { name: "Speak" });
  const pass = (milliseconds) => act(() => jest.advanceTimersByTimeAsync(milliseconds));
  jest.useFakeTimers();
  try {
    fireEvent.click(button);
    await pass(2_500);
    expect(screen.getByRole("timer")).toHaveTextContent("0:02 of 0:20");
    expect(screen.queryByText(/Nothing can be heard/)).not.toBeInTheDocument();
    await pass(1_000);
    expect(screen.getByText(/Nothing can be heard/)).toBeInTheDocument();
    microphone.speak(0.2);
    await pass(100);
    expect(screen.getByText("Veda can hear you.")).toBeInTheDocument();
    expect(announced()).toBe("Recording.");
    await pass(2_000);
    expect(announced()).toBe("15 seconds left.");
    expect(screen.getByRole("timer")).toHaveTextContent("0:05 15 s left");
  } finally {
    jest.useRealTimers();
  }
});

test("writing down can be cancelled, and nothing lands afterwards", async () => {
  const gate = later();
  const calls = open({ [TRANSCRIBE]: () => gate.promise });
  await speak();
  expect(await screen.findByText("Writing down what you said…", { selector: "p" })).toBeVisible();
  await waitFor(() => expect(named(calls, TRANSCRIBE)).toHaveLength(1));
  await press("Cancel");
  expect(named(calls, TRANSCRIBE)[0].signal.aborted).toBe(true);
  await act(async () => gate.resolve(HEARD));
  expect(field()).toHaveValue("");
});

test.each([
  ["speech_busy", 503, /Many people are speaking/],
  ["speech_unavailable", 503, /can’t be written down at the moment/],
])("after %s the same recording can be tried again", async (code, status, words) => {
  const answers = [refuse(status, code), HEARD];
  const calls = open({ [TRANSCRIBE]: () => answers.shift() });
  await userEvent.type(await screen.findByLabelText("Your message"), "I typed");
  await speak();
  expect(await screen.findByText(words)).toBeInTheDocument();
  expect(field()).toHaveValue("I typed");
  expect(screen.getByRole("button", { name: "Try again" })).toHaveFocus();
  await press("Try again");
  await waitFor(() => expect(field()).toHaveValue(`I typed ${HEARD.text}`));
  expect(FakeMediaRecorder.all).toHaveLength(1);
  expect(named(calls, TRANSCRIBE)).toHaveLength(2);
});

test("without a network the recording is kept", async () => {
  open({ [TRANSCRIBE]: cutOff });
  await speak();
  expect(await screen.findByText(/Veda can’t be reached. Your recording is kept/)).toBeVisible();
  expect(screen.getByRole("button", { name: "Try again" })).toBeInTheDocument();
});

test.each([
  ["nothing_heard", 400, /No words could be heard/],
  ["audio_too_long", 400, /too long/],
  ["audio_unreadable", 400, /couldn’t be read/],
  ["too_large", 413, /too large/],
])("after %s one can record again, not send the same again", async (code, status, words) => {
  open({ [TRANSCRIBE]: refuse(status, code) });
  await speak();
  expect(await screen.findByText(words)).toBeInTheDocument();
  expect(screen.queryByRole("button", { name: "Try again" })).not.toBeInTheDocument();
  await press("Record again");
  expect(await screen.findByRole("button", { name: "Stop and check" })).toBeInTheDocument();
  expect(screen.queryByText(words)).not.toBeInTheDocument();
});

test("a proxy's 413 without our words is understood", async () => {
  open({ [TRANSCRIBE]: answer(413, "<html>") });
  await speak();
  expect(await screen.findByText(/too large/)).toBeInTheDocument();
});

test.each([
  ["NotAllowedError", /microphone is blocked/],
  ["NotFoundError", /No microphone was found/],
  ["NotReadableError", /Another program may be using it/],
  ["AbortError", /couldn’t be started/],
])("%s is said in plain words", async (name, words) => {
  open();
  microphone.getUserMedia.mockRejectedValue(Object.assign(new Error(), { name }));
  await press("Speak");
  expect(await screen.findByText(words)).toBeInTheDocument();
  await press("Close this message");
  expect(screen.queryByText(words)).not.toBeInTheDocument();
  expect(screen.getByRole("button", { name: "Speak" })).toHaveFocus();
});

test("it is offered only where the server can and the browser can", async () => {
  open({ "GET /api/config": CONFIG });
  await screen.findByText("How long does a cough last?");
  expect(screen.queryByRole("button", { name: "Speak" })).not.toBeInTheDocument();
});

test("a browser that can't record isn't offered it", async () => {
  unplug();
  open();
  await screen.findByText("How long does a cough last?");
  expect(screen.queryByRole("button", { name: "Speak" })).not.toBeInTheDocument();
});

test("going to another conversation ends the recording", async () => {
  const cough = conversation(OTHER, "A cough");
  open({
    "GET /api/conversations": page([cough]),
    [`GET /api/conversations/${OTHER}`]: cough,
    [`GET /api/conversations/${OTHER}/messages`]: page([]),
  });
  await press("Speak");
  await screen.findByRole("button", { name: "Stop and check" });
  await userEvent.click(screen.getByRole("link", { name: "A cough" }));
  await waitFor(() => expect(microphone.track.stop).toHaveBeenCalled());
  expect(screen.queryByRole("button", { name: "Stop and check" })).not.toBeInTheDocument();
});
