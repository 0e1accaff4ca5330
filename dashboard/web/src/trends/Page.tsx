import { useEffect, useState } from "preact/hooks";
import { T } from "../messages/index.ts";
import { plain } from "../numbers.ts";
import type { Session } from "../session.ts";
import { toggleTheme } from "../theme.ts";
import { UserMenu } from "../UserMenu.tsx";
import { Chart } from "./Chart.tsx";
import { Tables } from "./Tables.tsx";
import type { Trends } from "./types.ts";
import { PERIODS, readWanted, wantedText, type Wanted } from "./wanted.ts";

/** Numbers of hours change slowly; the one that goes on is asked for again. */
const AGAIN_MS = 60_000;

type Answer = Trends | "none" | "failed" | null;

async function ask(wanted: Wanted): Promise<Answer> {
  try {
    const answer = await fetch(`/api/trends${wantedText(wanted)}`, { credentials: "same-origin" });
    if (answer.status === 404) return "none";
    return answer.ok ? ((await answer.json()) as Trends) : "failed";
  } catch {
    return "failed";
  }
}

export function Page({ session }: { session: Session }) {
  const [wanted, setWanted] = useState(() => readWanted(location.search));
  const [found, setFound] = useState<Answer>(null);
  // What there is to choose is what was there before anything was chosen.
  const [names, setNames] = useState({ queues: [] as string[], teams: [] as string[] });
  const want = (change: Partial<Wanted>) => {
    const next = { ...wanted, ...change };
    history.replaceState(null, "", wantedText(next));
    setWanted(next);
  };
  useEffect(() => {
    let isOver = false;
    const look = async () => {
      const answer = await ask(wanted);
      if (isOver) return;
      setFound(answer);
      if (answer && typeof answer === "object" && !wanted.queue && !wanted.team) {
        setNames({ queues: answer.queues.map((row) => row.queue).sort(), teams: answer.teams.map((row) => row.team).sort() });
      }
    };
    void look();
    const timer = setInterval(look, AGAIN_MS);
    return () => {
      isOver = true;
      clearInterval(timer);
    };
  }, [wanted]);
  return (
    <>
      <header class="top">
        <div class="brand">
          <h1>{T.trends.title}</h1>
          <a class="to-board" href="/" data-testid="to-board">
            {T.page.board}
          </a>
        </div>
        <div class="tools">
          <select aria-label={T.trends.period} value={wanted.hours} data-testid="period" onChange={(event) => want({ hours: Number(event.currentTarget.value) })}>
            {PERIODS.map((hours) => (
              <option key={hours} value={hours}>
                {hours > 24 ? T.trends.days(plain(hours / 24, 0)) : T.trends.hours(plain(hours, 0))}
              </option>
            ))}
          </select>
          <Names label={T.header.queue} all={T.header.allQueues} names={names.queues} chosen={wanted.queue} onChoose={(queue) => want({ queue })} />
          <Names label={T.header.team} all={T.header.allTeams} names={names.teams} chosen={wanted.team} onChoose={(team) => want({ team })} />
          <button type="button" class="icon" onClick={toggleTheme} aria-label={T.page.theme} title={T.page.theme} data-testid="theme">
            <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
              <circle cx="8" cy="8" r="5.5" />
              <path class="filled" d="M8 2.5a5.5 5.5 0 0 1 0 11z" />
            </svg>
          </button>
          <UserMenu session={session} />
        </div>
      </header>
      <main class="trends" data-testid="trends">
        {found === null && <p class="nothing">{T.trends.loading}</p>}
        {(found === "none" || found === "failed") && (
          <p class="nothing" role="alert" data-testid="no-trends">
            {T.trends[found]}
          </p>
        )}
        {found && typeof found === "object" && (
          <>
            <Chart rows={found.hours} kind="load" />
            <Chart rows={found.hours} kind="waits" />
            <Tables found={found} />
          </>
        )}
      </main>
    </>
  );
}

interface NamesProps {
  label: string;
  all: string;
  names: string[];
  chosen: string;
  onChoose: (name: string) => void;
}

function Names({ label, all, names, chosen, onChoose }: NamesProps) {
  const shown = chosen && !names.includes(chosen) ? [chosen, ...names] : names;
  return (
    <select aria-label={label} value={chosen} onChange={(event) => onChoose(event.currentTarget.value)}>
      <option value="">{all}</option>
      {shown.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}
