/** A microphone and a recorder that the test speaks into. */
export class FakeMediaRecorder {
  static supported = ["audio/webm;codecs=opus"];
  static all = [];
  static isTypeSupported = (type) => FakeMediaRecorder.supported.includes(type);

  static get last() {
    return FakeMediaRecorder.all.at(-1);
  }

  constructor(stream, { mimeType } = {}) {
    Object.assign(this, { stream, mimeType: mimeType ?? "audio/any", state: "inactive" });
    FakeMediaRecorder.all.push(this);
  }

  start() {
    this.state = "recording";
  }

  /* As in a browser, what was recorded comes later. */
  stop() {
    this.state = "inactive";
    Promise.resolve().then(() => {
      this.ondataavailable({ data: new Blob(["words"]) });
      this.onstop();
    });
  }
}

class FakeAudioContext {
  createAnalyser() {
    return {
      fftSize: 4,
      getFloatTimeDomainData: (samples) => samples.fill(FakeAudioContext.amplitude),
    };
  }
  createMediaStreamSource() {
    return { connect() {} };
  }
  close() {}
}

/** Puts the fakes in place; `microphone.getUserMedia` is a mock that gives `microphone.tracks`. */
export function plugIn() {
  FakeMediaRecorder.all = [];
  FakeMediaRecorder.supported = ["audio/webm;codecs=opus"];
  const track = { stop: jest.fn() };
  const microphone = {
    track,
    getUserMedia: jest.fn(async () => ({ getTracks: () => [track] })),
    speak: (amplitude) => {
      FakeAudioContext.amplitude = amplitude;
    },
  };
  microphone.speak(0);
  globalThis.MediaRecorder = FakeMediaRecorder;
  globalThis.AudioContext = FakeAudioContext;
  Object.defineProperty(navigator, "mediaDevices", {
    configurable: true,
    value: { getUserMedia: microphone.getUserMedia },
  });
  return microphone;
}

export function unplug() {
  delete globalThis.MediaRecorder;
  delete globalThis.AudioContext;
  delete navigator.mediaDevices;
}
