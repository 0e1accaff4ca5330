import { render } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { ActionRequest } from "./actions.ts";
import { App, useNow } from "./App.tsx";
import { EMPTY, receive, type Board } from "./board.ts";
import { openLink, type Link, type LinkState } from "./link.ts";
import "./style/tokens.css";
import "./style/page.css";
import "./style/rows.css";
import "./style/line.css";
import "./style/detail.css";

function Root() {
  const [board, setBoard] = useState<Board>(EMPTY);
  const [link, setLink] = useState<LinkState>("connecting");
  // Frames may come faster than the page is drawn: each is applied to the newest board, not to the drawn one.
  const newest = useRef(board);
  const now_ms = useNow();
  const opened = useRef<Link | null>(null);
  useEffect(() => {
    const current = openLink({
      url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`,
      resume: () => newest.current.id,
      onState: setLink,
      onFrame: (frame) => {
        newest.current = receive(newest.current, frame, Date.now());
        setBoard(newest.current);
      },
    });
    opened.current = current;
    return current.close;
  }, []);
  const act = useCallback((action: ActionRequest) => {
    const isSent = opened.current?.send({ act: action }) ?? false;
    newest.current = { ...newest.current, failure: isSent ? "" : "There is no connection; try again." };
    setBoard(newest.current);
  }, []);
  return <App board={board} link={link} now_ms={now_ms} act={act} />;
}

render(<Root />, document.getElementById("app")!);
