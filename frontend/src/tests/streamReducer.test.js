import {
  applyFrame,
  EMPTY_CONVERSATION,
  isSending,
  resumePoint,
  runningReply,
  streamReducer,
} from "../app/streamReducer";
import { question, reply, SOURCES } from "./samples";

const play = (frames, state = EMPTY_CONVERSATION) => frames.reduce(applyFrame, state);
const load = (messages, state = EMPTY_CONVERSATION) =>
  streamReducer(state, { type: "loaded", messages });
const send = (content, id = "c1", state = EMPTY_CONVERSATION) =>
  streamReducer(state, { type: "sent", client_message_id: id, content, at: 0 });

const ack = (n = 1) => ({
  type: "ack",
  client_message_id: `c${n}`,
  message: question(`q${n}`, `question ${n}`, { client_message_id: `c${n}` }),
  replyId: `r${n}`,
});
const stage = (name, more) => ({ type: "stage", messageId: "r1", stage: name, ...more });
const sources = { type: "sources", messageId: "r1", sources: SOURCES };
const chunk = (data, offset, messageId = "r1") => ({ type: "chunk", messageId, data, offset });
const done = (content = "Rest. [1]", more) => ({
  type: "done",
  message: reply("r1", content, { reply_to: "q1", metadata: { sources: SOURCES }, ...more }),
});
const resumeAck = { type: "resume_ack", messageId: "r1", offset: 0, status: "streaming" };

const text = (state, id = "r1") => state.messages.find((message) => message.id === id)?.content;
const ids = (state) => state.messages.map((message) => message.id);

describe("a message that is sent", () => {
  test("waits in the outbox until it is acknowledged", () => {
    const sent = send("question 1");
    expect(isSending(sent)).toBe(true);
    const acknowledged = play([ack()], sent);
    expect(acknowledged.outbox).toEqual([]);
    expect(ids(acknowledged)).toEqual(["q1", "r1"]);
    expect(runningReply(acknowledged).id).toBe("r1");
  });

  test("is acknowledged once, however often the server says so", () => {
    expect(play([ack(), ack(), ack()], send("question 1"))).toEqual(
      play([ack()], send("question 1")),
    );
  });

  test("appears in another tab of the conversation too", () => {
    expect(ids(play([ack()]))).toEqual(["q1", "r1"]);
  });

  test("fails with the server's reason, and can be sent again or dropped", () => {
    const error = {
      type: "error",
      error: "message_too_long",
      message: "That is too long.",
      client_message_id: "c1",
      retryable: false,
    };
    const failed = play([error], send("question 1"));
    expect(failed.outbox).toMatchObject([{ state: "failed", reason: "That is too long." }]);
    const again = streamReducer(failed, { type: "sentAgain", client_message_id: "c1", at: 1 });
    expect(again.outbox).toMatchObject([{ state: "sending", reason: null, at: 1 }]);
    const dropped = streamReducer(failed, { type: "discarded", client_message_id: "c1" });
    expect(dropped.outbox).toEqual([]);
  });

  test("isn't shown as failed once a late acknowledgement comes", () => {
    const failed = streamReducer(send("question 1"), { type: "failed", client_message_id: "c1" });
    expect(play([ack()], failed).outbox).toEqual([]);
  });

  test("leaves the outbox when a replay or a reload brings it", () => {
    const { message } = ack();
    expect(play([{ type: "done", message }], send("question 1")).outbox).toEqual([]);
    expect(load([message], send("question 1")).outbox).toEqual([]);
  });
});

describe("a reply on its way", () => {
  test("goes through its stages to the server's truth", () => {
    const state = play([
      ack(),
      stage("queued", { position: 2 }),
      stage("retrieving"),
      sources,
      stage("answering"),
      chunk("Re", 0),
      chunk("st.", 2),
    ]);
    expect(runningReply(state)).toMatchObject({
      content: "Rest.",
      status: "streaming",
      stages: ["queued", "retrieving", "answering"],
      metadata: { sources: SOURCES },
    });
    const ended = play([done()], state);
    expect(runningReply(ended)).toBeUndefined();
    expect(text(ended)).toBe("Rest. [1]");
    expect(ids(ended)).toEqual(["q1", "r1"]);
  });

  test("tells its place in the queue", () => {
    expect(runningReply(play([ack(), stage("queued", { position: 2 })])).position).toBe(2);
  });

  test("carries what a flag said until the server's truth comes", () => {
    const said = { severity: "high", category: "x", emergency: { countries: {} } };
    const flag = { type: "flag", messageId: "r1", ...said };
    expect(runningReply(play([ack(), flag])).metadata.flag).toEqual(said);
    const unsafe = { type: "error", error: "unsafe", messageId: "r1", retryable: false };
    const metadata = { kind: "safety", flag: said };
    const state = play([ack(), flag, unsafe, done("Thank you.", { metadata })]);
    expect(state.messages.at(-1)).toMatchObject({ metadata, content: "Thank you." });
  });

  test("takes no more text, stages or sources once it is done", () => {
    const ended = play([ack(), done()]);
    expect(play([chunk("again", 0), chunk("x", 99), stage("answering"), sources], ended)).toBe(
      ended,
    );
  });

  test("is replaced by the truth when the answer was withdrawn", () => {
    const state = play([ack(), chunk("Something wrong", 0), done("Withdrawn.")]);
    expect(text(state)).toBe("Withdrawn.");
  });

  test("begins with its first frame where the acknowledgement was missed", () => {
    const state = play([
      stage("retrieving"),
      chunk("Rest", 0),
      { type: "done", message: ack().message },
    ]);
    expect(ids(state)).toEqual(["q1", "r1"]);
    expect(text(state)).toBe("Rest");
  });
});

describe("offsets", () => {
  test("drop what is already held", () => {
    const state = play([ack(), chunk("Rest in", 0), chunk("in a dark", 5), chunk("Rest", 0)]);
    expect(text(state)).toBe("Rest in a dark");
  });

  test("show a gap and leave the text alone, until the server answers the resume", () => {
    const gap = play([ack(), chunk("Rest", 0), chunk("dark room", 10)]);
    expect(gap.gap).toBe(true);
    expect(text(gap)).toBe("Rest");
    const mended = play([resumeAck, chunk(" in a dark room", 4)], gap);
    expect(mended.gap).toBe(false);
    expect(text(mended)).toBe("Rest in a dark room");
  });

  test("show a gap for a reply that nobody told about", () => {
    expect(play([chunk("dark", 7)])).toMatchObject({ gap: true, messages: [] });
  });

  test("count code points, not UTF-16 units", () => {
    const state = play([ack(), chunk("🙂🙂", 0), chunk("a", 2), chunk("🙂a😀", 1)]);
    expect(text(state)).toBe("🙂🙂a😀");
    expect(runningReply(state).held).toBe(4);
  });
});

/* A small generator with a seed, so that a failure can be played again. */
function makeRandom(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const ALPHABET = [..."ab é\n*[1]🙂👩‍⚕️𝒳中"];

function randomText(random) {
  return Array.from({ length: 20 + random(60) }, () => ALPHABET[random(ALPHABET.length)]);
}

function cutInChunks(points, random, from = 0) {
  const chunks = [];
  for (let at = from; at < points.length;) {
    const size = 1 + random(7);
    chunks.push(chunk(points.slice(at, at + size).join(""), at));
    at += size;
  }
  return chunks;
}

describe("whatever the line does", () => {
  test.each(Array.from({ length: 60 }, (_, seed) => [seed]))(
    "the text comes out whole (%i)",
    (seed) => {
      const random = makeRandom(seed + 1);
      const points = randomText(random);
      let state = play([ack()]);
      let line = cutInChunks(points, random);

      while (line.length) {
        const [next, ...rest] = line;
        line = rest;
        const luck = random(6);
        if (luck === 0) continue; // lost
        state = play(luck === 1 ? [next, next] : [next], state); // doubled
        if (luck === 2) state = play([chunk(points.slice(0, 1 + random(9)).join(""), 0)], state); // replayed
        if (state.gap || (luck === 3 && random(3) === 0)) {
          const { lastMessageId, offset } = resumePoint(state);
          expect(lastMessageId).toBe("r1");
          state = play([resumeAck], state);
          line = cutInChunks(points, random, Math.max(0, offset - random(4)));
        }
        expect(points.join("").startsWith(text(state))).toBe(true);
      }

      const { offset } = resumePoint(state);
      state = play(cutInChunks(points, random, offset), state);
      expect(text(state)).toBe(points.join(""));
      expect(runningReply(state).held).toBe(points.length);
    },
  );
});

describe("what was loaded", () => {
  const stored = [question("q1", "question 1"), reply("r1", "Rest", { status: "streaming" })];

  test("is where the stream goes on", () => {
    const state = load(stored);
    expect(state.loaded).toBe(true);
    expect(resumePoint(state)).toEqual({ lastMessageId: "r1", offset: 4 });
    expect(text(play([chunk(" well.", 4)], state))).toBe("Rest well.");
  });

  test("doesn't take back text that the socket brought meanwhile", () => {
    const ahead = play([ack(), chunk("Rest well", 0)]);
    expect(text(load(stored, ahead))).toBe("Rest well");
  });

  test("doesn't wake a reply that is done", () => {
    const state = load(stored, play([ack(), done()]));
    expect(runningReply(state)).toBeUndefined();
    expect(text(state)).toBe("Rest. [1]");
  });

  test("ends a reply whose end the socket missed", () => {
    const state = load([stored[0], reply("r1", "Rest well.")], play([ack(), chunk("Re", 0)]));
    expect(runningReply(state)).toBeUndefined();
    expect(text(state)).toBe("Rest well.");
  });

  test("keeps what is newer than it", () => {
    expect(ids(load(stored, play([ack(), done(), ack(2)])))).toEqual(["q1", "r1", "q2", "r2"]);
  });
});

describe("a resume names", () => {
  test("nothing in an empty conversation", () => {
    expect(resumePoint(EMPTY_CONVERSATION)).toEqual({ lastMessageId: null, offset: 0 });
  });

  test("the last message when no reply runs", () => {
    const state = play([ack(), done("🙂 Rest.")]);
    expect(resumePoint(state)).toEqual({ lastMessageId: "r1", offset: 7 });
  });

  test("the oldest running reply, so that nothing after it is missed", () => {
    expect(resumePoint(play([ack(), chunk("Re", 0), ack(2)]))).toEqual({
      lastMessageId: "r1",
      offset: 2,
    });
  });
});

test("unknown frames change nothing", () => {
  expect(applyFrame(EMPTY_CONVERSATION, { type: "weather" })).toBe(EMPTY_CONVERSATION);
});

describe("a danger", () => {
  const emergency = { countries: {}, international: { numbers: [] } };
  const flag = { severity: "high", category: "medical_emergency", emergency };
  const flagFrame = { type: "flag", messageId: "r1", ...flag };
  const flagged = { flag };
  const shown = (state) => streamReducer(state, { type: "alarmShown" });

  test("raises an alarm with the first frame that tells of it", () => {
    const state = play([ack(), flagFrame]);
    expect(state.alarm).toEqual(flag);
    expect(state.messages.at(-1).metadata.flag).toBe(state.alarm);
    expect(shown(state).alarm).toBeNull();
    expect(play([ack(), done("Call.", { metadata: flagged })]).alarm).toEqual(flag);
  });

  test("raises none again, however often it is told", () => {
    const state = shown(play([ack(), flagFrame]));
    expect(
      play([flagFrame, done("Call.", { metadata: flagged }), flagFrame], state).alarm,
    ).toBeNull();
  });

  test("raises none where it was loaded", () => {
    const running = reply("r1", "", { status: "streaming", metadata: flagged });
    const state = load([question("q1", "?"), running]);
    expect(play([flagFrame, done("Call.", { metadata: flagged })], state).alarm).toBeNull();
  });

  test("without help for it raises none, with help that comes later does", () => {
    const mild = { ...flagFrame, severity: "medium", emergency: undefined };
    const state = play([ack(), mild]);
    expect(state.alarm).toBeNull();
    expect(play([flagFrame], state).alarm).toEqual(flag);
  });

  test("in a refused message raises it, and the message keeps what to do", () => {
    const refusal = { type: "error", error: "busy", message: "Full.", client_message_id: "c1" };
    const state = play([{ ...refusal, flag }], send("my chest"));
    expect(state.alarm).toEqual(flag);
    expect(state.outbox).toMatchObject([{ state: "failed", reason: "Full.", flag }]);
  });

  test("that is answered without a model is told beside the composer until one writes on", () => {
    const unsafe = { type: "error", error: "unsafe", messageId: "r1", retryable: false };
    const state = play([ack(), flagFrame, unsafe]);
    expect(state.blocked).toBe("r1");
    expect(streamReducer(state, { type: "blockedSeen" }).blocked).toBeNull();
    expect(send("and now?", "c2", state).blocked).toBeNull();
  });

  test("found late takes the text back", () => {
    const withdrawn = { withdrawn: true };
    const state = play([ack(), chunk("Take forty", 0), done("No.", { metadata: withdrawn })]);
    expect(text(state)).toBe("No.");
    expect(text(play([chunk(" tablets", 10)], state))).toBe("No.");
  });
});

describe("a person from staff", () => {
  const presence = (state) => ({ type: "presence", who: "staff", state, name: "Amara" });
  const written = { type: "done", message: question("s1", "Hello.", { sender: "staff" }) };

  test("comes and goes at a place in the conversation, and nothing is noted twice", () => {
    const state = play([ack(), done(), presence("joined"), presence("joined"), written]);
    expect(state.notes).toEqual([{ state: "joined", name: "Amara", after: "r1" }]);
    expect(play([presence("left")], state).notes.at(-1)).toMatchObject({
      state: "left",
      after: "s1",
    });
  });

  test("is heard writing until their message is there", () => {
    const state = play([presence("typing"), presence("typing")]);
    expect(state.typing).toBe(2);
    expect(play([written], state).typing).toBe(0);
  });

  test("answers in the model's place: no reply is on its way", () => {
    const state = play([{ ...ack(), replyId: null }], send("question 1"));
    expect(ids(state)).toEqual(["q1"]);
    expect(runningReply(state)).toBeUndefined();
  });
});

test("what the patient thinks of an answer stands with it", () => {
  const state = play([ack(), done()]);
  const rated = { type: "rated", messageId: "r1", feedback: { rating: 1, comment: "" } };
  expect(streamReducer(state, rated).messages.at(-1).feedback.rating).toBe(1);
  expect(streamReducer(state, { ...rated, messageId: "r7" })).toBe(state);
});
