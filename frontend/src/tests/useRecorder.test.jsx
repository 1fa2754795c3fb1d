import { act, renderHook } from "@testing-library/react";

import { useRecorder } from "../hooks/useRecorder";
import { FakeMediaRecorder, plugIn, unplug } from "./fakeMicrophone";
import { later } from "./fakeServer";

const onRecorded = jest.fn();
const onRefused = jest.fn();
let microphone;

const refused = (name) => Object.assign(new Error(name), { name });
const recorder = () => renderHook(() => useRecorder({ seconds: 20, onRecorded, onRefused }));
/* What was recorded comes a moment after the end. */
const settled = (end) =>
  act(async () => {
    end();
    await jest.advanceTimersByTimeAsync(0);
  });
const pass = (milliseconds) => act(() => jest.advanceTimersByTimeAsync(milliseconds));

async function recording() {
  const view = recorder();
  await act(() => view.result.current.start());
  expect(view.result.current.phase).toBe("recording");
  return view;
}

function hide(hidden) {
  jest.spyOn(document, "hidden", "get").mockReturnValue(hidden);
  document.dispatchEvent(new Event("visibilitychange"));
}

beforeEach(() => {
  jest.useFakeTimers();
  onRecorded.mockReset();
  onRefused.mockReset();
  microphone = plugIn();
});

afterEach(() => {
  unplug();
  jest.useRealTimers();
});

test("what was said is given when it is finished, and the microphone is released", async () => {
  const { result } = await recording();
  await pass(3_000);
  expect(result.current.elapsed).toBeCloseTo(3);
  await settled(() => result.current.finish());
  expect(onRecorded).toHaveBeenCalledTimes(1);
  const [blob] = onRecorded.mock.calls[0];
  expect(blob).toMatchObject({ type: "audio/webm;codecs=opus", size: 5 });
  expect(microphone.track.stop).toHaveBeenCalled();
  expect(result.current.phase).toBe("idle");
});

test("cancelling throws the recording away and releases the microphone", async () => {
  const { result } = await recording();
  await act(() => result.current.cancel());
  expect(microphone.track.stop).toHaveBeenCalled();
  expect(FakeMediaRecorder.last.state).toBe("inactive");
  expect(onRecorded).not.toHaveBeenCalled();
  expect(result.current.phase).toBe("idle");
  await pass(30_000);
  expect(result.current.elapsed).toBe(0);
});

test("it ends by itself at the limit, with everything that was said", async () => {
  const { result } = await recording();
  await pass(19_900);
  expect(result.current.phase).toBe("recording");
  await pass(200);
  expect(onRecorded).toHaveBeenCalledTimes(1);
  expect(microphone.track.stop).toHaveBeenCalled();
});

test("a page that goes out of sight keeps what was said and releases the microphone", async () => {
  const { result } = await recording();
  await act(async () => hide(false));
  expect(result.current.phase).toBe("recording");
  await settled(() => hide(true));
  expect(microphone.track.stop).toHaveBeenCalled();
  expect(onRecorded).toHaveBeenCalledTimes(1);
});

test("leaving the page releases the microphone and gives nothing", async () => {
  const { unmount } = await recording();
  unmount();
  await pass(0);
  expect(microphone.track.stop).toHaveBeenCalled();
  expect(onRecorded).not.toHaveBeenCalled();
});

test("a microphone that is given after the cancelling is released at once", async () => {
  const asked = later();
  microphone.getUserMedia.mockReturnValue(asked.promise);
  const { result } = recorder();
  act(() => void result.current.start());
  expect(result.current.phase).toBe("asking");
  act(() => result.current.cancel());
  await act(async () => asked.resolve({ getTracks: () => [microphone.track] }));
  expect(microphone.track.stop).toHaveBeenCalled();
  expect(FakeMediaRecorder.all).toHaveLength(0);
  expect(result.current.phase).toBe("idle");
});

test("a refusal is told by its name", async () => {
  microphone.getUserMedia.mockRejectedValue(refused("NotAllowedError"));
  const { result } = recorder();
  await act(() => result.current.start());
  expect(onRefused).toHaveBeenCalledWith("NotAllowedError");
  expect(result.current.phase).toBe("idle");
});

test("a recorder that can't be made releases the microphone", async () => {
  globalThis.MediaRecorder = class extends FakeMediaRecorder {
    start() {
      throw refused("NotSupportedError");
    }
  };
  const { result } = recorder();
  await act(() => result.current.start());
  expect(onRefused).toHaveBeenCalledWith("NotSupportedError");
  expect(microphone.track.stop).toHaveBeenCalled();
});

test("a microphone that is unplugged ends the recording with what was said", async () => {
  await recording();
  await settled(() => FakeMediaRecorder.last.stop());
  expect(onRecorded).toHaveBeenCalledTimes(1);
});

test.each([
  [["audio/webm;codecs=opus", "audio/mp4"], "audio/webm;codecs=opus"],
  [["audio/mp4"], "audio/mp4"],
  [[], "audio/any"],
])("of %j it records %s", async (supported, type) => {
  FakeMediaRecorder.supported = supported;
  await recording();
  expect(FakeMediaRecorder.last.mimeType).toBe(type);
});

test("loudness goes from silence to a voice close by", async () => {
  const { result } = await recording();
  await pass(100);
  expect(result.current.levels).toEqual([0]);
  microphone.speak(0.1);
  await pass(100);
  expect(result.current.levels.at(-1)).toBeCloseTo(0.8);
  microphone.speak(1);
  await pass(100);
  expect(result.current.levels.at(-1)).toBe(1);
});
