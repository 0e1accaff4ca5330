import { render } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { ActionRequest } from "./actions.ts";
import { asked, dropped, overdue, type Ask, type Asks } from "./asks.ts";
import { App, useNow } from "./App.tsx";
import { EMPTY, receive, type Board } from "./board.ts";
import { draftsOf, forgetDone } from "./drafts.ts";
import { T } from "./messages/index.ts";
import { openLink, type Link, type LinkState } from "./link.ts";
import { Activity, askSession, askStanding, signInPath, type Session } from "./session.ts";
import "./style/tokens.css";
import "./style/page.css";
import "./style/rows.css";
import "./style/line.css";
import "./style/detail.css";
import "./style/wall.css";

function Root({ session }: { session: Session }) {
  const [board, setBoard] = useState<Board>(EMPTY);
  const [link, setLink] = useState<LinkState>("connecting");
  // Frames may come faster than the page is drawn: each is applied to the newest board, not to the drawn one.
  const newest = useRef(board);
  const now_ms = useNow();
  const opened = useRef<Link | null>(null);
  const show = useCallback((next: Board) => {
    // An action that is done has left without a word: what was typed for it is in the alert now.
    for (const [id, ask] of newest.current.asks) if (!next.asks.has(id)) forgetDone(ask.request);
    newest.current = next;
    setBoard(next);
  }, []);
  const setAsks = (asks: Asks) => asks !== newest.current.asks && show({ ...newest.current, asks });
  useEffect(() => {
    const current = openLink({
      url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`,
      resume: () => newest.current.id,
      onState: setLink,
      isSignedIn: async () => {
        const found = await askStanding();
        // Another one signed in, in another tab: this page is of the former one.
        return found === undefined || found === "unsure" ? found : found?.name === session.name;
      },
      onFrame: (frame) => {
        show(receive(newest.current, frame, Date.now()));
      },
    });
    opened.current = current;
    return current.close;
  }, []);
  useEffect(() => void setAsks(overdue(newest.current.asks, now_ms, link === "live")), [now_ms, link]);
  const act = (request: ActionRequest) => {
    const isSent = opened.current?.send({ act: request }) ?? false;
    setAsks(asked(newest.current.asks, request, Date.now(), isSent));
  };
  const dismiss = ({ request }: Ask) => {
    // Not through `show`: what was typed for it was not done, and stays.
    newest.current = { ...newest.current, asks: dropped(newest.current.asks, request.action_id) };
    setBoard(newest.current);
  };
  const look = useCallback((call_id: string) => void opened.current?.send({ looked: call_id }), []);
  const desk = { session, look, name: session.name, asks: board.asks, act, again: ({ request }: Ask) => act(request), dismiss };
  return <App board={board} link={link} now_ms={now_ms} desk={desk} />;
}

/** The session first: who nobody is goes to the sign-in page, and a server that does not answer is asked again. */
async function start() {
  const found = await askStanding();
  if (found === null) return location.replace(signInPath(location));
  if (found === undefined || found === "unsure") {
    if (found) render(<p class="nothing" role="alert">{T.banner.unsure}</p>, document.getElementById("app")!);
    return void setTimeout(start, 1_000);
  }
  draftsOf(found.name);
  const activity = new Activity(() => void askSession(), Date.now());
  for (const kind of ["pointerdown", "keydown", "wheel"]) {
    addEventListener(kind, () => activity.seen(Date.now()), { passive: true, capture: true });
  }
  render(<Root session={found} />, document.getElementById("app")!);
}

void start();
