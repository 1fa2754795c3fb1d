import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";

import { queryClient } from "../app/queryClient";
import { answer, cutOff, later, refuse, serve } from "./fakeServer";
import { accept } from "./fakeWebSocket";
import { renderApp } from "./renderApp";
import {
  chatRoutes,
  CONFIG,
  CONVERSATION,
  conversation,
  OTHER,
  page,
  PATIENT,
  question,
  reply,
} from "./samples";

const PATCH = conversation(CONVERSATION, "A patch");
const CREATE = "POST /api/conversations";
const UPLOAD = `POST /api/conversations/${CONVERSATION}/attachments`;
const MESSAGES = `GET /api/conversations/${CONVERSATION}/messages`;
const MIB = 1024 ** 2;

const attachment = (id) => ({
  id,
  url: `/uploads/${CONVERSATION}/${id}.png`,
  type: "image",
  mime_type: "image/png",
  size: 3,
  width: 40,
  height: 30,
});
const BLOB = new Blob(["png"], { type: "image/png" });
const ROUTES = {
  ...chatRoutes([PATCH]),
  "GET /api/config": { ...CONFIG, inputs: { speech: false, pictures: true } },
  "GET /api/conversations": page([]),
  [CREATE]: PATCH,
  "GET /uploads/11111111-1111-4111-8111-111111111111/a1.png": BLOB,
};

function open(routes = {}, path = `/chat/${CONVERSATION}`) {
  let made = 0;
  const stored = () => answer(201, attachment(`a${(made += 1)}`));
  const calls = serve({ ...ROUTES, [UPLOAD]: stored, ...routes });
  renderApp(path, { user: PATIENT });
  return calls;
}

const picture = (name = "arm.png", type = "image/png", size = 3) => {
  const file = new File(["png"], name, { type });
  Object.defineProperty(file, "size", { value: size });
  return file;
};

const field = () => screen.getByLabelText("Your message");
const press = async (name) => userEvent.click(await screen.findByRole("button", { name }));
const named = (calls, wanted) => calls.filter(({ name }) => name === wanted);
const waiting = () => screen.queryAllByRole("img", { name: /^Picture \d: / });
/* What is chosen needn't be what was asked for: a desktop's dialogue offers all files. */
const choose = async (...files) => {
  await screen.findByRole("button", { name: "Photo" });
  await act(async () => fireEvent.change(screen.getByLabelText("Pictures"), { target: { files } }));
};
const uploaded = () =>
  waitFor(() => expect(screen.queryByRole("progressbar")).not.toBeInTheDocument());

test("a picture is uploaded at once, shown, and sent with the words", async () => {
  const calls = open();
  const socket = await accept();
  await choose(picture());
  expect(screen.getByRole("img", { name: "Picture 1: arm.png" })).toBeInTheDocument();
  expect(screen.getByText(/can’t identify medicines/)).toBeInTheDocument();
  await uploaded();
  expect(named(calls, UPLOAD)[0].body.get("file").name).toBe("arm.png");
  await userEvent.type(field(), "what is this?{Enter}");
  expect(socket.sentOf("message")).toMatchObject([
    { content: "what is this?", attachments: ["a1"] },
  ]);
  expect(waiting()).toHaveLength(0);
});

test("before the server knows the message, it is shown with its picture, without asking for it", async () => {
  const calls = open();
  const socket = await accept();
  await choose(picture());
  await uploaded();
  await userEvent.type(field(), "what is this?{Enter}");
  expect(screen.getByText("Sending…")).toBeInTheDocument();
  expect(screen.getByRole("button", { name: "Picture you sent: enlarge" })).toBeInTheDocument();
  const [sent] = socket.sentOf("message");
  act(() =>
    socket.deliver({
      type: "ack",
      client_message_id: sent.client_message_id,
      message: question("q9", sent.content, { attachments: [attachment("a1")] }),
      replyId: "r9",
    }),
  );
  expect(screen.getByRole("button", { name: "Picture you sent: enlarge" })).toBeInTheDocument();
  expect(calls.some(({ name }) => name.startsWith("GET /uploads"))).toBe(false);
});

test("a picture alone can be sent, nothing can't", async () => {
  open();
  const socket = await accept();
  await press("Send");
  expect(socket.sentOf("message")).toHaveLength(0);
  await choose(picture());
  await uploaded();
  await press("Send");
  expect(socket.sentOf("message")).toMatchObject([{ content: "", attachments: ["a1"] }]);
});

test("a message without pictures names none", async () => {
  open();
  const socket = await accept();
  await screen.findByRole("button", { name: "Photo" });
  await userEvent.type(field(), "hello{Enter}");
  expect(socket.sentOf("message")[0]).not.toHaveProperty("attachments");
});

test("while a picture is uploaded, its progress is shown and nothing is sent", async () => {
  const gate = later();
  const calls = open({ [UPLOAD]: () => gate.promise });
  const socket = await accept();
  await choose(picture());
  await waitFor(() => expect(named(calls, UPLOAD)).toHaveLength(1));
  act(() => named(calls, UPLOAD)[0].onUploadProgress({ progress: 0.42 }));
  expect(screen.getByText("42%")).toBeInTheDocument();
  expect(screen.getByRole("progressbar", { name: "Uploading picture 1" })).toHaveValue(0.42);
  await userEvent.type(field(), "what is this?{Enter}");
  expect(screen.getByRole("button", { name: "Send" })).toHaveAttribute("aria-disabled", "true");
  expect(screen.getByText(/Wait until the upload finishes/)).toBeInTheDocument();
  expect(socket.sentOf("message")).toHaveLength(0);
  expect(field()).toHaveValue("what is this?");
  await act(async () => gate.resolve(answer(201, attachment("a1"))));
  await press("Send");
  expect(socket.sentOf("message")).toHaveLength(1);
});

test("removing ends the upload, lets the address go and moves the focus on", async () => {
  const calls = open({ [UPLOAD]: () => later().promise });
  await choose(picture("1.png"), picture("2.png"));
  await waitFor(() => expect(named(calls, UPLOAD)).toHaveLength(2));
  expect(pictureAddresses.size).toBe(2);
  await press("Remove picture 1");
  expect(named(calls, UPLOAD)[0].signal.aborted).toBe(true);
  expect(pictureAddresses.size).toBe(1);
  expect(screen.getByRole("button", { name: "Remove picture 1" })).toHaveFocus();
  await press("Remove picture 1");
  expect(pictureAddresses.size).toBe(0);
  expect(screen.getByRole("button", { name: "Photo" })).toHaveFocus();
  expect(screen.queryByText(/can’t identify medicines/)).not.toBeInTheDocument();
});

test.each([
  ["IMG_1.HEIC", "", 3, /HEIC.*screenshot/],
  ["IMG_1.heic", "image/heic", 3, /HEIC.*screenshot/],
  ["letter.pdf", "application/pdf", 3, /PNG, JPEG and WebP/],
  ["moving.gif", "image/gif", 3, /PNG, JPEG and WebP/],
  ["large.jpg", "image/jpeg", 8 * MIB + 1, /larger than 8 MB/],
])("%s (%s, %d bytes) isn't sent to the server at all", async (name, type, size, words) => {
  const calls = open();
  await choose(picture(name, type, size));
  expect(await screen.findByText(words)).toBeInTheDocument();
  expect(named(calls, UPLOAD)).toHaveLength(0);
  expect(screen.queryByRole("button", { name: "Try again" })).not.toBeInTheDocument();
});

test("what Veda can say of pictures makes room for what is wrong with one", async () => {
  open();
  await choose(picture());
  await uploaded();
  expect(screen.getByText(/can’t identify medicines/)).toBeInTheDocument();
  await choose(picture("letter.pdf", "application/pdf", 3));
  expect(await screen.findByText(/PNG, JPEG and WebP/)).toBeInTheDocument();
  expect(screen.queryByText(/can’t identify medicines/)).not.toBeInTheDocument();
  await press("Remove picture 2");
  expect(screen.getByText(/can’t identify medicines/)).toBeInTheDocument();
});

describe("what this browser can draw anew", () => {
  let drawn;
  beforeEach(() => {
    drawn = 3 * MIB;
    globalThis.createImageBitmap = async () => ({ width: 8000, height: 6000, close() {} });
    HTMLCanvasElement.prototype.getContext = () => ({ fillRect() {}, drawImage() {} });
    HTMLCanvasElement.prototype.toBlob = function toBlob(done, type) {
      done(new Blob([`${this.width} x ${this.height}`.padEnd(drawn)], { type }));
    };
  });
  afterEach(() => {
    delete globalThis.createImageBitmap;
  });

  test.each([
    ["large.png", "image/png", 9 * MIB],
    ["IMG_1.HEIC", "", 3],
  ])("%s goes as a JPEG of a sensible size", async (name, type, size) => {
    const calls = open();
    await choose(picture(name, type, size));
    await uploaded();
    const sent = named(calls, UPLOAD)[0].body.get("file");
    expect(sent).toMatchObject({ name: `${name}.jpg`, type: "image/jpeg", size: drawn });
    expect(waiting()).toHaveLength(1);
  });

  test("what is too large even so is told", async () => {
    drawn = 9 * MIB;
    const calls = open();
    await choose(picture("large.png", "image/png", 20 * MIB));
    expect(await screen.findByText(/larger than 8 MB/)).toBeInTheDocument();
    expect(named(calls, UPLOAD)).toHaveLength(0);
  });
});

test.each([
  ["unsupported_file", 400, /PNG, JPEG and WebP/],
  ["picture_too_large", 400, /too many pixels/],
  ["picture_unreadable", 400, /couldn’t be opened/],
  ["too_large", 413, /larger than 8 MB/],
])("%s stands beside its picture, and the others are sent", async (code, status, words) => {
  const answers = [refuse(status, code), answer(201, attachment("a2"))];
  open({ [UPLOAD]: () => answers.shift() });
  const socket = await accept();
  await choose(picture("bad.png"), picture("good.png"));
  expect(await screen.findByText(words)).toBeInTheDocument();
  expect(screen.queryByRole("button", { name: "Try again" })).not.toBeInTheDocument();
  await uploaded();
  await press("Send");
  expect(socket.sentOf("message")).toMatchObject([{ attachments: ["a2"] }]);
  expect(screen.getByText(words)).toBeInTheDocument();
});

test("an upload that the network cut can be tried again", async () => {
  const answers = [cutOff, () => answer(201, attachment("a1"))];
  open({ [UPLOAD]: (call) => answers.shift()(call) });
  await choose(picture());
  expect(await screen.findByText(/Veda can’t be reached/)).toBeInTheDocument();
  await press("Try again");
  await uploaded();
  expect(screen.queryByText(/Veda can’t be reached/)).not.toBeInTheDocument();
});

test("a message takes four pictures, and the rest is told", async () => {
  const calls = open();
  await choose(...["1", "2", "3", "4", "5", "6"].map((name) => picture(`${name}.png`)));
  expect(waiting()).toHaveLength(4);
  expect(screen.getByText(/up to 4 pictures, so 2 couldn’t be added/)).toBeInTheDocument();
  await uploaded();
  expect(named(calls, UPLOAD)).toHaveLength(4);
});

test("pictures are taken from the clipboard, and text is pasted as ever", async () => {
  open();
  await screen.findByRole("button", { name: "Photo" });
  const paste = (types, files) =>
    fireEvent.paste(field(), { clipboardData: { types, files, getData: () => "" } });
  expect(paste(["text/plain"], [])).toBe(true);
  expect(waiting()).toHaveLength(0);
  await act(async () => expect(paste(["Files"], [picture("pasted.png")])).toBe(false));
  expect(screen.getByRole("img", { name: "Picture 1: pasted.png" })).toBeInTheDocument();
  await uploaded();
});

test("pictures can be dropped, and a drop never leaves the page", async () => {
  open();
  await screen.findByRole("button", { name: "Photo" });
  const dataTransfer = { types: ["Files"], files: [picture("dropped.png")] };
  fireEvent.dragOver(field(), { dataTransfer });
  expect(screen.getByText("Let go to add the picture.")).toBeInTheDocument();
  await act(async () => expect(fireEvent.drop(field(), { dataTransfer })).toBe(false));
  expect(screen.queryByText("Let go to add the picture.")).not.toBeInTheDocument();
  expect(screen.getByRole("img", { name: "Picture 1: dropped.png" })).toBeInTheDocument();
  await uploaded();
});

test("the first pictures share one conversation, which takes the first message", async () => {
  const calls = open({}, "/chat");
  await choose(picture("1.png"), picture("2.png"));
  await uploaded();
  expect(screen.getByTestId("address")).toHaveTextContent(/^\/chat$/);
  await userEvent.type(field(), "these two{Enter}");
  const socket = await accept();
  await waitFor(() =>
    expect(socket.sentOf("message")).toMatchObject([{ attachments: ["a1", "a2"] }]),
  );
  expect(named(calls, CREATE)).toHaveLength(1);
});

test("where nobody looks at pictures, none is asked for, and a drop still leaves nothing", async () => {
  open({ "GET /api/config": CONFIG });
  await waitFor(() => expect(queryClient.isFetching()).toBe(0));
  expect(screen.queryByRole("button", { name: "Photo" })).not.toBeInTheDocument();
  const dataTransfer = { types: ["Files"], files: [picture()] };
  expect(fireEvent.drop(field(), { dataTransfer })).toBe(false);
  expect(waiting()).toHaveLength(0);
});

describe("a conversation made for a picture, when the patient goes to another one", () => {
  const REMOVE = `DELETE /api/conversations/${CONVERSATION}`;
  const another = conversation(OTHER, "Coughing");

  /** Attaches a picture to a new message. */
  async function begin(routes) {
    const calls = open(
      {
        "GET /api/conversations": page([another]),
        [`GET /api/conversations/${OTHER}`]: another,
        [`GET /api/conversations/${OTHER}/messages`]: page([]),
        [REMOVE]: null,
        ...routes,
      },
      "/chat",
    );
    await choose(picture());
    await uploaded();
    return calls;
  }

  async function leave() {
    await userEvent.click(await screen.findByRole("link", { name: /^Coughing/ }));
    await screen.findByRole("heading", { name: "Coughing" });
  }

  test("is deleted where the picture was given up", async () => {
    const calls = await begin();
    await press("Remove picture 1");
    expect(named(calls, REMOVE)).toHaveLength(0);
    await leave();
    await waitFor(() => expect(named(calls, REMOVE)).toHaveLength(1));
  });

  test("stays where the picture still waits", async () => {
    const calls = await begin();
    await leave();
    await accept();
    expect(named(calls, REMOVE)).toHaveLength(0);
    await userEvent.click(screen.getByRole("link", { name: "New conversation" }));
    expect(waiting()).toHaveLength(1);
  });

  test("stays where another tab has written in it", async () => {
    const calls = await begin({ [MESSAGES]: page([question("q1", "from elsewhere")]) });
    await press("Remove picture 1");
    await leave();
    await waitFor(() => expect(named(calls, MESSAGES)).toHaveLength(1));
    await accept();
    expect(named(calls, REMOVE)).toHaveLength(0);
  });
});

describe("in the conversation", () => {
  const SHOW = `GET ${attachment("a1").url}`;
  const asked = question("q1", "what is this?", {
    type: "image",
    attachments: [attachment("a1")],
  });
  const openAsked = (routes, ...more) => open({ [MESSAGES]: page([asked, ...more]), ...routes });

  test("a picture is fetched with the token, opens large, and its address is let go", async () => {
    const calls = openAsked();
    const thumbnail = await screen.findByRole("button", { name: "Picture you sent: enlarge" });
    expect(named(calls, SHOW)).toHaveLength(1);
    expect(pictureAddresses.size).toBe(1);
    await userEvent.click(thumbnail);
    const dialog = screen.getByRole("dialog", { name: "Picture you sent" });
    expect(within(dialog).getByRole("img", { name: "Picture you sent" })).toHaveAttribute(
      "src",
      expect.stringMatching(/^blob:/),
    );
    expect(pictureAddresses.size).toBe(2);
    await userEvent.click(within(dialog).getByRole("button", { name: "Close" }));
    expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
    expect(pictureAddresses.size).toBe(1);
    await userEvent.click(screen.getByRole("link", { name: "New conversation" }));
    await waitFor(() => expect(pictureAddresses.size).toBe(0));
  });

  test("while it comes that is said; where it doesn't, it can be asked for again", async () => {
    const gate = later();
    const answers = [() => gate.promise, () => BLOB];
    openAsked({ [SHOW]: () => answers.shift()() });
    expect(await screen.findByText("Loading the picture…")).toBeInTheDocument();
    await act(async () => gate.resolve(refuse(404, "not_found")));
    expect(await screen.findByText("The picture couldn’t be loaded.")).toBeInTheDocument();
    await press("Picture you sent: load again");
    expect(
      await screen.findByRole("button", { name: "Picture you sent: enlarge" }),
    ).toBeInTheDocument();
  });

  test("asking again puts question and picture back, to be sent as a new message", async () => {
    const broken = reply("r1", "", {
      status: "incomplete",
      metadata: { reason: "failed", error: "The model is not there." },
      reply_to: "q1",
    });
    const calls = openAsked({ [UPLOAD]: () => answer(201, attachment("a2")) }, broken);
    const socket = await accept();
    expect(await screen.findByText(/The model is not there./)).toBeInTheDocument();
    expect(screen.getByText(/puts your question and picture back below/)).toBeInTheDocument();
    await press("Ask again");
    expect(field()).toHaveValue("what is this?");
    expect(field()).toHaveFocus();
    await waitFor(() => expect(named(calls, UPLOAD)).toHaveLength(1));
    await uploaded();
    expect(socket.sentOf("message")).toHaveLength(0);
    await press("Send");
    expect(socket.sentOf("message")).toMatchObject([
      { content: "what is this?", attachments: ["a2"] },
    ]);
  });

  test("asking again without the picture says so", async () => {
    const broken = reply("r1", "", { status: "incomplete", metadata: {}, reply_to: "q1" });
    openAsked({ [SHOW]: refuse(404, "not_found") }, broken);
    await press("Ask again");
    expect(await screen.findByText(/This picture couldn’t be attached again/)).toBeVisible();
    expect(field()).toHaveValue("what is this?");
  });

  describe("a question whose picture is still loading is changed", () => {
    async function change() {
      const gate = later();
      const calls = openAsked({ [SHOW]: () => gate.promise });
      const socket = await accept();
      await press("Edit");
      return { calls, socket, comes: () => act(async () => gate.resolve(BLOB)) };
    }

    test("and left as it is: the picture doesn't come into the composer", async () => {
      const { calls, comes } = await change();
      expect(screen.getByRole("list", { name: "Pictures to send" })).toBeVisible();
      await press("Cancel");
      await comes();
      expect(await screen.findByRole("button", { name: /: enlarge$/ })).toBeVisible();
      expect(screen.queryByRole("list", { name: "Pictures to send" })).not.toBeInTheDocument();
      expect(named(calls, UPLOAD)).toHaveLength(0);
    });

    test("and sent: it isn't before the picture is there", async () => {
      const { socket, comes } = await change();
      await press("Send");
      expect(socket.sentOf("message")).toHaveLength(0);
      await comes();
      await uploaded();
      await press("Send");
      expect(socket.sentOf("message")).toMatchObject([
        { content: "what is this?", attachments: ["a1"] },
      ]);
    });
  });

  test("a spoken message says so", async () => {
    open({ [MESSAGES]: page([question("q1", "I cough", { type: "audio" })]) });
    expect(await screen.findByText("Spoken")).toBeInTheDocument();
  });
});

test("signing out ends uploads and forgets pictures", async () => {
  const calls = open({ [UPLOAD]: () => later().promise, "POST /api/auth/logout": null });
  await choose(picture());
  await waitFor(() => expect(named(calls, UPLOAD)).toHaveLength(1));
  await press("Sign out");
  expect(named(calls, UPLOAD)[0].signal.aborted).toBe(true);
  await screen.findByRole("heading", { name: "Sign in" });
  expect(pictureAddresses.size).toBe(0);
});
