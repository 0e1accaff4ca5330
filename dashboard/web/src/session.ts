/** Who is signed in, as the server says it, and how the page writes to it. */

export type Right = "look" | "act" | "review";

export interface Session {
  name: string;
  role: "supervisor" | "qa" | "integrator" | "admin";
  /** Only calls of these are sent; empty: of all. */
  queues: string[];
  teams: string[];
  may: Right[];
  /** Goes with every request that writes. */
  csrf: string;
  /** When the session ends unless something is done here before; 0: never by itself. */
  ends_at_ms: number;
  /** False where a proxy signs people in: it signs them out too. */
  signs_out: boolean;
}

/** Null where nobody is signed in; undefined where the server does not answer, or cannot tell. */
export async function askSession(get: typeof fetch = fetch): Promise<Session | null | undefined> {
  const found = await askStanding(get);
  return found === "unsure" ? undefined : found;
}

/** The same, with "unsure" where the server cannot tell whether the session was signed out elsewhere. */
export async function askStanding(get: typeof fetch = fetch): Promise<Session | "unsure" | null | undefined> {
  try {
    const answer = await get("/api/session", { credentials: "same-origin", cache: "no-store" });
    if (answer.status === 401) return null;
    if (answer.status === 503) return "unsure";
    return answer.ok ? ((await answer.json()) as Session) : undefined;
  } catch {
    return undefined;
  }
}

/** A request that writes: as JSON, with what proves that a page of the board sends it. */
export function post(path: string, body: unknown, session: Session): Promise<Response> {
  return fetch(path, {
    method: "POST",
    credentials: "same-origin",
    headers: { "content-type": "application/json", "x-csrf-token": session.csrf },
    body: JSON.stringify(body),
  });
}

/** Where signing in leads back to: this very place, with its call and its filters. */
export function signInPath(place: Pick<Location, "pathname" | "search">): string {
  const back = place.pathname + place.search;
  return back === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(back)}`;
}

/** What somebody does on the page keeps the session from being idle: told to the server once a minute at most. */
export const TELL_MS = 60_000;

export class Activity {
  private told_at_ms: number;

  constructor(
    private readonly tell: () => void,
    now_ms: number,
  ) {
    this.told_at_ms = now_ms;
  }

  seen(now_ms: number): void {
    if (now_ms - this.told_at_ms < TELL_MS) return;
    this.told_at_ms = now_ms;
    this.tell();
  }
}
