import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openLink, QUIET_MS, SILENCE_MS, waitBeforeTry, type LinkState } from "../src/link.ts";
import type { Frame } from "../src/types.ts";

/** A socket whose other end is the test. */
class FakeSocket {
  readyState = 0;
  sent: string[] = [];
  onopen?: () => void;
  onmessage?: (message: { data: string | ArrayBuffer }) => void;
  onclose?: (event?: { code: number }) => void;
  send(text: string) {
    this.sent.push(text);
  }
  close() {
    this.onclose?.();
  }
}

let sockets: FakeSocket[];
let states: LinkState[];
let frames: Frame[];
let id: string | null;

const open = () =>
  openLink({
    url: "ws://board/ws",
    resume: () => id,
    onFrame: (frame) => frames.push(frame),
    onState: (state) => states.push(state),
    connect: () => {
      sockets.push(new FakeSocket());
      return sockets.at(-1) as unknown as WebSocket;
    },
    random: () => 1,
  });

beforeEach(() => {
  vi.useFakeTimers();
  [sockets, states, frames, id] = [[], [], [], null];
});

afterEach(() => vi.useRealTimers());

test("says where it resumes, at first and after a break", () => {
  open();
  sockets[0]!.onopen!();
  expect(sockets[0]!.sent).toEqual(['{"resume":null,"packed":true}']);
  id = "7-1";
  sockets[0]!.onclose!();
  expect(states.at(-1)).toBe("reconnecting");
  vi.advanceTimersByTime(400);
  sockets[1]!.onopen!();
  expect(sockets[1]!.sent).toEqual(['{"resume":"7-1","packed":true}']);
});

test("is live with the first frame", () => {
  open();
  sockets[0]!.onmessage!({ data: '{"kind":"status","redis":"up"}' });
  expect(states).toEqual(["connecting", "live"]);
  expect(frames).toHaveLength(1);
});

test("a snapshot comes packed, and what came behind it is taken after it, in order", async () => {
  const unpacked = new Map<number, () => void>();
  let taken: Frame[] = [];
  openLink({
    url: "ws://board/ws",
    resume: () => null,
    onFrame: (frame) => taken.push(frame),
    onState: () => {},
    connect: () => {
      sockets.push(new FakeSocket());
      return sockets.at(-1) as unknown as WebSocket;
    },
    unpack: (packed) => new Promise((done) => unpacked.set(packed.byteLength, () => done(`{"kind":"snapshot","id":"${packed.byteLength}"}`))),
  });
  const socket = sockets.at(-1)!;
  socket.onmessage!({ data: new ArrayBuffer(3) });
  socket.onmessage!({ data: '{"kind":"events","id":"4"}' });
  socket.onmessage!({ data: '{"kind":"events","id":"5"}' });
  expect(taken).toEqual([]);
  unpacked.get(3)!();
  await vi.advanceTimersByTimeAsync(0);
  expect(taken.map((frame) => "id" in frame && frame.id)).toEqual(["3", "4", "5"]);
});

test("a snapshot that cannot be unpacked is asked for again", async () => {
  open();
  sockets[0]!.onmessage!({ data: new ArrayBuffer(3) });
  vi.useRealTimers();
  await vi.waitFor(() => expect(states.at(-1)).toBe("reconnecting"));
});

test("waits longer with every failure, and never longer than eight seconds", () => {
  const waits = [0, 1, 2, 9].map((failures) => waitBeforeTry(failures, () => 1));
  expect(waits).toEqual([400, 800, 1600, 8000]);
});

test("gives up a line that fell silent", () => {
  open();
  vi.advanceTimersByTime(SILENCE_MS);
  expect(states.at(-1)).toBe("reconnecting");
  vi.advanceTimersByTime(400);
  expect(sockets).toHaveLength(2);
});

test("says that nothing comes any more before it gives the line up, and takes it back with the next frame", () => {
  open();
  sockets[0]!.onmessage!({ data: '{"kind":"status","redis":"up"}' });
  vi.advanceTimersByTime(QUIET_MS);
  expect(states.at(-1)).toBe("quiet");
  sockets[0]!.onmessage!({ data: '{"kind":"status","redis":"up"}' });
  expect(states.at(-1)).toBe("live");
  vi.advanceTimersByTime(SILENCE_MS);
  expect(states.slice(-2)).toEqual(["quiet", "reconnecting"]);
});

test("a dead line is told of within ten seconds", () => expect(QUIET_MS).toBeLessThan(10_000));

test("stays closed once closed", () => {
  open().close();
  vi.advanceTimersByTime(60_000);
  expect(sockets).toHaveLength(1);
});

test("sends while there is a line, and says so when there is none", () => {
  const link = open();
  expect(link.send({ act: 1 })).toBe(false);
  sockets[0]!.readyState = 1;
  expect(link.send({ act: 1 })).toBe(true);
  expect(sockets[0]!.sent).toEqual(['{"act":1}']);
  sockets[0]!.onclose!();
  expect(link.send({ act: 2 })).toBe(false);
});

const withSession = (isSignedIn: () => Promise<boolean | "unsure" | undefined>) =>
  openLink({
    url: "ws://board/ws",
    resume: () => id,
    onFrame: (frame) => frames.push(frame),
    onState: (state) => states.push(state),
    isSignedIn,
    connect: () => {
      sockets.push(new FakeSocket());
      return sockets.at(-1) as unknown as WebSocket;
    },
    random: () => 1,
  });

test("a line that is ended because the session is over says so, and is not opened again", async () => {
  withSession(async () => false);
  sockets[0]!.onmessage!({ data: '{"kind":"status","redis":"up"}' });
  sockets[0]!.onclose!({ code: 4401 });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(states.at(-1)).toBe("signed_out");
  expect(sockets).toHaveLength(1);
});

test("a line that was renewed by another tab is opened again", async () => {
  withSession(async () => true);
  sockets[0]!.onmessage!({ data: '{"kind":"status","redis":"up"}' });
  sockets[0]!.onclose!({ code: 4401 });
  await vi.advanceTimersByTimeAsync(400);
  expect(sockets).toHaveLength(2);
});

test("a refused line asks who is signed in; while the server does not say, it is tried on", async () => {
  withSession(async () => undefined);
  sockets[0]!.onclose!();
  await vi.advanceTimersByTimeAsync(400);
  expect(sockets).toHaveLength(2);
  expect(states.at(-1)).toBe("reconnecting");
});

test("where it cannot be told who is signed in, that stands until the line is let in again", async () => {
  withSession(async () => "unsure");
  sockets[0]!.onmessage!({ data: '{"kind":"status","redis":"up"}' });
  sockets[0]!.onclose!({ code: 4503 });
  expect(states.at(-1)).toBe("unsure");
  await vi.advanceTimersByTimeAsync(400);
  sockets[1]!.onclose!({ code: 1006 });
  await vi.advanceTimersByTimeAsync(800);
  expect(states.at(-1)).toBe("unsure");
  sockets[2]!.onmessage!({ data: '{"kind":"status","redis":"up"}' });
  expect(states.at(-1)).toBe("live");
});

test.each([
  [4429, "too_many"],
  [4513, "full"],
])("a line for which there is no room (%i) says so, and tries again seldom", async (code, state) => {
  withSession(async () => true);
  sockets[0]!.onclose!({ code });
  await vi.advanceTimersByTimeAsync(7_900);
  expect(states.at(-1)).toBe(state);
  expect(sockets).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(sockets).toHaveLength(2);
});
