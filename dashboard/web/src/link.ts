/** The websocket to the server: comes back by itself, and resumes from the last id it was given. */

import type { Frame } from "./types.ts";

/**
 * `quiet`: the line is open, but nothing came over it for QUIET_MS. `signed_out`: the session is over; it ends here.
 * `unsure`: the server cannot tell whether it is. `too_many`: this person has as many lines as one may. `full`: the server has.
 */
export type LinkState = "connecting" | "live" | "quiet" | "reconnecting" | "signed_out" | "unsure" | "too_many" | "full";

export interface LinkOptions {
  url: string;
  /** The id to resume from, asked for at every connection. */
  resume: () => string | null;
  onFrame: (frame: Frame) => void;
  onState: (state: LinkState) => void;
  /** Asked where a line was refused or ended by the server; without it everybody is. Undefined: the server does not say. */
  isSignedIn?: () => Promise<boolean | "unsure" | undefined>;
  connect?: (url: string) => WebSocket;
  unpack?: (packed: ArrayBuffer) => Promise<string>;
  random?: () => number;
}

/** No frame for this long, at a heartbeat every 2 s (`HEARTBEAT_S` in dashboard/feed.py): what is shown may be old. */
export const QUIET_MS = 7_000;

/** No frame for this long means that the line is dead although nobody said so: another one is opened. */
export const SILENCE_MS = 14_000;

/** Close code of the server: the session of this client is over (`SIGNED_OUT` in dashboard/frames.py). */
const SIGNED_OUT = 4401;

/** Likewise `TOO_MANY`, `FULL` and `UNSURE`. */
const TOO_MANY = 4429;
const FULL = 4513;
const UNSURE = 4503;

/** Closed because there is no room: it is waited for, and who is signed in is not in question. */
const NO_ROOM = new Map<number, "too_many" | "full">([
  [TOO_MANY, "too_many"],
  [FULL, "full"],
]);

const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 8_000;

/** Doubles from 0.4 s to 8 s, spread out by half so that a wall of boards does not come back in one blow. */
export function waitBeforeTry(failures: number, random: () => number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures) * (0.5 + random() / 2);
}

/** A snapshot comes as gzip, which the server makes once for everybody (`dashboard/frames.py`). */
function unpacked(packed: ArrayBuffer): Promise<string> {
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}

export interface Link {
  /** False when there is no line now; what was not sent is not kept. */
  send: (message: object) => boolean;
  close: () => void;
}

/** Keeps the link open until it is closed. */
export function openLink(options: LinkOptions): Link {
  const connect = options.connect ?? ((url: string) => new WebSocket(url));
  const random = options.random ?? Math.random;
  const unpack = options.unpack ?? unpacked;
  let failures = 0;
  let closed = false;
  /** Did this socket bring a frame? */
  let heard = false;
  let socket: WebSocket | null = null;
  let trouble: "unsure" | "too_many" | "full" | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const listenFor = (current: WebSocket) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (current === socket && heard) options.onState("quiet");
      timer = setTimeout(() => drop(current), SILENCE_MS - QUIET_MS);
    }, QUIET_MS);
  };

  const drop = (current: WebSocket, code = 0) => {
    // Two roads lead here, the socket's own close and the silence timer: only the first of them opens a new socket.
    if (closed || current !== socket) return;
    socket = null;
    current.close();
    const noRoom = NO_ROOM.get(code);
    // Why it was not let in stands until it is: coming back looks to who waits as nothing else does.
    if (heard || noRoom) trouble = noRoom ?? (code === UNSURE ? "unsure" : null);
    options.onState(trouble ?? "reconnecting");
    clearTimeout(timer);
    timer = setTimeout(open, noRoom ? LONGEST_WAIT_MS : waitBeforeTry(failures++, random));
    // A refused handshake looks to a page as a server that is away does.
    if (!noRoom && (!heard || code === SIGNED_OUT)) void askWhetherSignedIn();
  };

  const askWhetherSignedIn = async () => {
    const answer = await options.isSignedIn?.();
    if (closed || (socket !== null && heard)) return;
    trouble = answer === "unsure" ? "unsure" : null;
    if (answer !== false) return options.onState(trouble ?? "reconnecting");
    closed = true;
    clearTimeout(timer);
    options.onState("signed_out");
  };

  const open = () => {
    const current = connect(options.url);
    socket = current;
    heard = false;
    listenFor(current);
    current.binaryType = "arraybuffer";
    current.onopen = () => current.send(JSON.stringify({ resume: options.resume(), packed: true }));
    /** Frames behind one that is being unpacked; null while none is. */
    let waiting: (string | ArrayBuffer)[] | null = null;
    const take = async (data: string | ArrayBuffer) => {
      if (waiting) return void waiting.push(data);
      if (typeof data === "string") return options.onFrame(JSON.parse(data) as Frame);
      waiting = [];
      const text = await unpack(data).catch(() => null);
      const rest = waiting;
      waiting = null;
      if (closed || current !== socket) return;
      // What cannot be unpacked is asked for again, over a new line.
      if (text === null) return drop(current);
      options.onFrame(JSON.parse(text) as Frame);
      rest.forEach(take);
    };
    current.onmessage = (message) => {
      if (closed || current !== socket) return;
      // Only a frame proves a server: a proxy accepts sockets and closes them while the server is away.
      failures = 0;
      heard = true;
      trouble = null;
      listenFor(current);
      options.onState("live");
      void take(message.data as string | ArrayBuffer);
    };
    current.onclose = (event) => drop(current, event?.code);
  };

  options.onState("connecting");
  open();
  return {
    send: (message) => {
      if (socket === null || socket.readyState !== 1) return false;
      socket.send(JSON.stringify(message));
      return true;
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
      socket?.close();
    },
  };
}
