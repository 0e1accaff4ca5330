import { render } from "preact";
import { askSession, signInPath } from "../session.ts";
import { T } from "../messages/index.ts";
import { Page } from "./Page.tsx";
import "../style/tokens.css";
import "../style/page.css";
import "uplot/dist/uPlot.min.css";
import "../style/trends.css";

document.title = `${T.trends.title} · ${T.page.title}`;

async function start() {
  const session = await askSession();
  if (session === null) return location.replace(signInPath(location));
  if (session === undefined) return void setTimeout(start, 1_000);
  render(<Page session={session} />, document.getElementById("app")!);
}

void start();
