import { render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { App, useNow } from "./App.tsx";
import { EMPTY, receive, type Board } from "./board.ts";
import { openLink, type LinkState } from "./link.ts";
import "./style/tokens.css";
import "./style/page.css";
import "./style/rows.css";
import "./style/line.css";
import "./style/detail.css";

function Root() {
  const [board, setBoard] = useState<Board>(EMPTY);
  const [link, setLink] = useState<LinkState>("connecting");
  const newest = useRef(board);
  const now_ms = useNow();
  useEffect(
    () =>
      openLink({
        url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`,
        resume: () => newest.current.id,
        onState: setLink,
        onFrame: (frame) => {
          newest.current = receive(newest.current, frame, Date.now());
          setBoard(newest.current);
        },
      }),
    [],
  );
  return <App board={board} link={link} now_ms={now_ms} />;
}

render(<Root />, document.getElementById("app")!);
