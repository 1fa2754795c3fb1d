import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";

import { useAuthStore } from "../stores/authStore";
import { refuse, serve } from "./fakeServer";
import { accept } from "./fakeWebSocket";
import { COUGH, KNEE, open, press, ROUTES, write } from "./kneeAndCough";
import { CONVERSATION, conversation, page, PATIENT } from "./samples";

test("choosing another conversation shows its messages", async () => {
  open(`/chat/${CONVERSATION}`);
  expect(await screen.findByText("Knees can hurt.")).toBeInTheDocument();
  await userEvent.click(screen.getByRole("link", { name: "A cough" }));
  expect(await screen.findByText("About three weeks.")).toBeInTheDocument();
  expect(screen.queryByText("Knees can hurt.")).not.toBeInTheDocument();
  expect(screen.getByRole("heading", { level: 1, name: "A cough" })).toHaveFocus();
  expect(screen.getByRole("link", { name: "A cough" })).toHaveAttribute("aria-current", "page");
});

test("renaming changes the name everywhere", async () => {
  const renamed = { ...KNEE, title: "My left knee" };
  open(`/chat/${CONVERSATION}`, {
    [`PATCH /api/conversations/${CONVERSATION}`]: renamed,
    "GET /api/conversations": () => page([renamed]),
  });
  await screen.findByRole("heading", { level: 1, name: "Knee pain" });
  await press("More for this conversation");
  await userEvent.click(screen.getByRole("menuitem", { name: "Rename" }));
  const name = screen.getByLabelText("Name");
  expect(name).toHaveFocus();
  await userEvent.clear(name);
  await userEvent.type(name, "My left knee{Enter}");
  expect(
    await screen.findByRole("heading", { level: 1, name: "My left knee" }),
  ).toBeInTheDocument();
  expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
});

test("deleting asks first, then leads to a new conversation, and waits", async () => {
  const calls = open(`/chat/${CONVERSATION}`, {
    [`DELETE /api/conversations/${CONVERSATION}`]: null,
  });
  await screen.findByText("Knees can hurt.");
  await press("More for this conversation");
  await userEvent.click(screen.getByRole("menuitem", { name: "Delete" }));
  expect(calls.some(({ name }) => name.startsWith("DELETE"))).toBe(false);
  const dialog = screen.getByRole("dialog", { name: "Delete this conversation?" });
  expect(dialog).toHaveTextContent(
    /will be deleted.*undo this for 10 seconds.*staff.*up to 30 days/,
  );
  await userEvent.click(within(dialog).getByRole("button", { name: "Delete" }));
  expect(await screen.findByText(/What would you like to know/)).toBeInTheDocument();
  expect(screen.queryByRole("link", { name: "Knee pain" })).not.toBeInTheDocument();
  expect(calls.some(({ name }) => name.startsWith("DELETE"))).toBe(false);
});

describe("a deletion", () => {
  const DELETION = `DELETE /api/conversations/${CONVERSATION}`;
  const deletions = (calls) => calls.filter(({ name }) => name.startsWith("DELETE"));

  async function deleteIt(routes) {
    const calls = open(`/chat/${CONVERSATION}`, routes);
    await screen.findByText("Knees can hurt.");
    await press("More for this conversation");
    await userEvent.click(screen.getByRole("menuitem", { name: "Delete" }));
    const dialog = within(screen.getByRole("dialog"));
    jest.useFakeTimers();
    fireEvent.click(dialog.getByRole("button", { name: "Delete" }));
    return calls;
  }

  afterEach(() => jest.useRealTimers());

  test("can be taken back, which leads there again", async () => {
    const calls = await deleteIt();
    fireEvent.click(screen.getByRole("button", { name: "Undo within 10 seconds" }));
    await act(() => jest.advanceTimersByTimeAsync(60_000));
    expect(deletions(calls)).toHaveLength(0);
    expect(screen.getByRole("heading", { level: 1, name: "Knee pain" })).toBeInTheDocument();
    expect(screen.getByRole("link", { name: "Knee pain" })).toBeInTheDocument();
  });

  test("is done ten seconds later", async () => {
    const calls = await deleteIt({ [DELETION]: null });
    await act(() => jest.advanceTimersByTimeAsync(9_900));
    expect(deletions(calls)).toHaveLength(0);
    await act(() => jest.advanceTimersByTimeAsync(200));
    expect(deletions(calls)).toHaveLength(1);
    expect(screen.queryByText("“Knee pain” is deleted.")).not.toBeInTheDocument();
  });

  test("that the server can't do says so, and the conversation stands in the list again", async () => {
    await deleteIt({ [DELETION]: () => refuse(500, "unexpected", "Not now.") });
    await act(() => jest.advanceTimersByTimeAsync(10_100));
    expect(screen.getByText("“Knee pain” couldn’t be deleted. Not now.")).toBeInTheDocument();
    expect(screen.getByRole("link", { name: "Knee pain" })).toBeInTheDocument();
  });

  test.each([
    ["the page is closed", () => fireEvent(window, new Event("pagehide"))],
    [
      "the patient signs out",
      () => fireEvent.click(screen.getByRole("button", { name: "Sign out" })),
    ],
  ])("is done at once where %s", async (_, leave) => {
    const calls = await deleteIt({ [DELETION]: null, "POST /api/auth/logout": null });
    await act(async () => leave());
    expect(deletions(calls)).toMatchObject([{ keepalive: true }]);
  });
});

describe("shortcuts", () => {
  test("are listed by a question mark, which in a field is a question mark", async () => {
    open("/chat");
    await write("why?");
    expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
    act(() => document.activeElement.blur());
    await userEvent.keyboard("?");
    expect(screen.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeInTheDocument();
  });

  test("lead to the search, to the field and to a new conversation", async () => {
    open(`/chat/${CONVERSATION}`);
    await screen.findByText("Knees can hurt.");
    await userEvent.keyboard("{Control>}k{/Control}");
    expect(screen.getByLabelText("Search your conversations")).toHaveFocus();
    await userEvent.keyboard("{Shift>}{Escape}{/Shift}");
    expect(screen.getByLabelText("Your message")).toHaveFocus();
    await userEvent.keyboard("{Control>}{Shift>}O{/Shift}{/Control}");
    expect(screen.getByTestId("address")).toHaveTextContent(/^\/chat$/);
  });
});

test("the menu is worked by keyboard", async () => {
  open(`/chat/${CONVERSATION}`);
  await screen.findByText("Knees can hurt.");
  await press("More for this conversation");
  expect(screen.getByRole("menuitem", { name: "Save as a text file" })).toHaveFocus();
  await userEvent.keyboard("{ArrowDown}");
  expect(screen.getByRole("menuitem", { name: "Print" })).toHaveFocus();
  await userEvent.keyboard("{End}");
  expect(screen.getByRole("menuitem", { name: "Delete" })).toHaveFocus();
  await userEvent.keyboard("{Escape}");
  expect(screen.queryByRole("menu")).not.toBeInTheDocument();
  expect(screen.getByRole("button", { name: "More for this conversation" })).toHaveFocus();
});

test("searching asks the server once the typing rests, and says when nothing is found", async () => {
  const calls = open("/chat", { "GET /api/conversations?q=hip": page([]) });
  await userEvent.type(screen.getByLabelText("Search your conversations"), "hip");
  expect(await screen.findByText("Nothing found for “hip”.")).toBeInTheDocument();
  expect(calls.filter(({ name }) => name.includes("?q="))).toHaveLength(1);
});

test("more conversations are shown on demand", async () => {
  open("/chat", {
    "GET /api/conversations": page([KNEE], "http://inside/api/conversations?cursor=2"),
    "GET /api/conversations?cursor=2": page([COUGH]),
  });
  await userEvent.click(await screen.findByRole("button", { name: "Show more" }));
  expect(await screen.findByRole("link", { name: "A cough" })).toBeInTheDocument();
  expect(screen.queryByRole("button", { name: "Show more" })).not.toBeInTheDocument();
});

test("a conversation that is deleted elsewhere is said to be gone", async () => {
  open(`/chat/${CONVERSATION}`);
  await screen.findByText("Knees can hurt.");
  const socket = await accept();
  act(() => socket.drop(4404));
  expect(await screen.findByText("This conversation isn’t here any more")).toBeInTheDocument();
});

test("another person's conversation is said to be gone, too", async () => {
  open(`/chat/${CONVERSATION}`, {
    [`GET /api/conversations/${CONVERSATION}/messages`]: refuse(404, "not_found"),
    [`GET /api/conversations/${CONVERSATION}`]: refuse(404, "not_found"),
  });
  expect(await screen.findByText("This conversation isn’t here any more")).toBeInTheDocument();
});

test("a disabled account is signed out and told why", async () => {
  open(`/chat/${CONVERSATION}`);
  await screen.findByText("Knees can hurt.");
  const socket = await accept();
  act(() => socket.drop(4423));
  expect(await screen.findByText(/account is disabled/)).toBeInTheDocument();
  expect(screen.getByRole("heading", { name: "Sign in" })).toBeInTheDocument();
});

test("signing out forgets everything", async () => {
  const calls = open(`/chat/${CONVERSATION}`, { "POST /api/auth/logout": null });
  await screen.findByText("Knees can hurt.");
  await press("Sign out");
  expect(await screen.findByRole("heading", { name: "Sign in" })).toBeInTheDocument();
  expect(useAuthStore.getState()).toMatchObject({ access: null, user: null });
  const told = calls.find(({ name }) => name === "POST /api/auth/logout");
  expect(told).toMatchObject({ keepalive: true, headers: { "X-Veda-Client": "web" } });

  serve({ ...ROUTES, "POST /api/auth/login": { access: "b" }, "GET /api/auth/me": PATIENT });
  await userEvent.type(screen.getByLabelText("E-mail"), "x@example.org");
  await userEvent.type(screen.getByLabelText("Password"), "three words here");
  await press("Sign in");
  expect(await screen.findByText(/What would you like to know/)).toBeInTheDocument();
});

describe("a temporary conversation", () => {
  const MADE = { ...conversation(CONVERSATION, ""), temporary: true };
  const DELETION = `DELETE /api/conversations/${CONVERSATION}`;
  const deletions = (calls) => calls.filter(({ name }) => name.startsWith("DELETE"));

  async function begin() {
    const calls = open("/chat", {
      "POST /api/conversations": MADE,
      [`GET /api/conversations/${CONVERSATION}`]: MADE,
      [`GET /api/conversations/${CONVERSATION}/messages`]: page([]),
      [DELETION]: null,
    });
    await press("Start a temporary conversation");
    expect(screen.getByText(/erased when you leave, reload or close/)).toBeInTheDocument();
    await write("my knee hurts{Enter}");
    await accept();
    return calls;
  }

  test("is made as one, and erased when the patient goes elsewhere", async () => {
    const calls = await begin();
    const [made] = calls.filter(({ name }) => name === "POST /api/conversations");
    expect(made.body).toEqual({ temporary: true });
    expect(deletions(calls)).toHaveLength(0);
    await userEvent.click(await screen.findByRole("link", { name: "A cough" }));
    await waitFor(() => expect(deletions(calls)).toHaveLength(1));
  });

  test("is erased where the page is closed", async () => {
    const calls = await begin();
    fireEvent(window, new Event("pagehide"));
    expect(deletions(calls)).toMatchObject([{ keepalive: true }]);
  });

  test("can be kept after all before the first question", async () => {
    const calls = open("/chat", { "POST /api/conversations": KNEE });
    await press("Start a temporary conversation");
    await press("Keep it after all");
    await write("my knee hurts{Enter}");
    await waitFor(() => expect(calls).toContainEqual(expect.objectContaining({ body: {} })));
  });
});
