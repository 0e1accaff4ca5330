import { useLayoutEffect, useRef } from "preact/hooks";
import type { LinkState } from "./link.ts";
import { T } from "./messages/index.ts";
import { plain } from "./numbers.ts";
import type { Choices, Filter, Show } from "./order.ts";
import type { Session } from "./session.ts";
import { UserMenu } from "./UserMenu.tsx";
import { Views } from "./Views.tsx";
import { ReviewLink, TrendsLink } from "./ReviewLink.tsx";

export interface Totals {
  live: number;
  firing: number;
  not_analysed: number;
}

interface Props {
  totals: Totals;
  link: LinkState;
  redis: "up" | "down";
  /** Seconds since the newest frame. */
  silent_s: number;
  filter: Filter;
  choices: Choices;
  /** A calm line about the machines; empty while there is none. */
  notice: string;
  session: Session;
  onFilter: (filter: Filter) => void;
  onTheme: () => void;
  onWall: () => void;
}

const SHOWS: readonly Show[] = ["all", "alerts", "live", "ended"];

export function Header({ totals, link, redis, silent_s, filter, choices, notice, session, onFilter, onTheme, onWall }: Props) {
  const top = useRef<HTMLElement>(null);
  // The detail begins below it, whatever its language and the window make of its height.
  useLayoutEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      const height_px = Math.round(entry?.borderBoxSize[0]?.blockSize ?? 0);
      if (height_px) document.documentElement.style.setProperty("--header", `${height_px}px`);
    });
    observer.observe(top.current!);
    return () => observer.disconnect();
  }, []);
  return (
    <>
      <header class="top" ref={top}>
        <div class="brand">
          <svg viewBox="0 0 32 20" width="34" height="22" aria-hidden="true">
            <path d="M2 8c4 0 5-5 9-5s5 14 10 14c4 0 5-5 9-5" />
          </svg>
          <h1>{T.page.title}</h1>
          <ReviewLink>{T.page.review}</ReviewLink>
          <TrendsLink>{T.page.trends}</TrendsLink>
        </div>
        <dl class="totals">
          <Total name={T.header.live} value={totals.live} testid="live-count" />
          <Total name={T.header.alerts(totals.firing)} value={totals.firing} testid="firing-count" alarm={totals.firing > 0} />
          <Total name={T.header.notAnalysed} value={totals.not_analysed} testid="not-analysed-count" />
        </dl>
        <div class="tools">
          <div class="segmented" role="group" aria-label={T.header.which}>
            {SHOWS.map((show) => (
              <button type="button" key={show} aria-pressed={filter.show === show} onClick={() => onFilter({ ...filter, show })}>
                {T.header.shows[show]}
              </button>
            ))}
          </div>
          <Choice what="queue" name={T.header.queue} all={T.header.allQueues} values={choices.queue} chosen={filter.queue} onChoose={(queue) => onFilter({ ...filter, queue })} />
          {choices.team.length > 0 && (
            <Choice what="team" name={T.header.team} all={T.header.allTeams} values={choices.team} chosen={filter.team} onChoose={(team) => onFilter({ ...filter, team })} />
          )}
          {choices.agent.length > 0 && (
            <Choice what="agent" name={T.header.agent} all={T.header.allAgents} values={choices.agent} chosen={filter.agent} onChoose={(agent) => onFilter({ ...filter, agent })} />
          )}
          <label class="check" title={T.header.pendingTitle}>
            <input type="checkbox" checked={filter.pending} data-testid="pending" onChange={(event) => onFilter({ ...filter, pending: event.currentTarget.checked })} />
            {T.header.pending}
          </label>
          <input
            type="search"
            id="search"
            placeholder={T.header.search}
            aria-label={T.header.searchLabel}
            value={filter.search}
            onInput={(event) => onFilter({ ...filter, search: event.currentTarget.value })}
          />
          <Views person={session.name} filter={filter} onFilter={onFilter} />
          <button type="button" class="icon" onClick={onTheme} aria-label={T.page.theme} title={T.page.theme} data-testid="theme">
            <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
              <circle cx="8" cy="8" r="5.5" />
              <path class="filled" d="M8 2.5a5.5 5.5 0 0 1 0 11z" />
            </svg>
          </button>
          <button type="button" class="icon" onClick={onWall} aria-label={T.wall.enter} title={T.wall.enter} data-testid="wall-enter">
            <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
              <path d="M2 3h12v8H2zM5.5 14h5M8 11v3" />
            </svg>
          </button>
          <Connection link={link} redis={redis} silent_s={silent_s} />
          <UserMenu session={session} />
        </div>
      </header>
      {/* Below the header, which stays in place at the height that the detail is placed by (detail.css). */}
      {notice && (
        <p class="notice" role="status" data-testid="unused-gpu">
          {notice}
        </p>
      )}
    </>
  );
}

interface ChoiceProps {
  what: "queue" | "team" | "agent";
  name: string;
  all: string;
  values: string[];
  chosen: string;
  onChoose: (value: string) => void;
}

/** One value of many. What the address names stays to be seen, also where no call has it now. */
function Choice({ what, name, all, values, chosen, onChoose }: ChoiceProps) {
  const shown = chosen && !values.includes(chosen) ? [chosen, ...values] : values;
  return (
    <select aria-label={name} value={chosen} data-testid={`filter-${what}`} onChange={(event) => onChoose(event.currentTarget.value)}>
      <option value="">{all}</option>
      {shown.map((value) => (
        <option key={value} value={value}>
          {value}
        </option>
      ))}
    </select>
  );
}

function Total({ name, value, testid, alarm = false }: { name: string; value: number; testid: string; alarm?: boolean }) {
  return (
    <div class={alarm ? "alarm" : ""}>
      <dd data-testid={testid}>{value}</dd>
      <dt>{name}</dt>
    </div>
  );
}

/** The state's name and what a person reads. */
export function connectionText(link: LinkState, redis: "up" | "down", silent_s: number): [string, string] {
  const silent = plain(silent_s, 0);
  switch (link) {
    case "connecting":
      return ["connecting", T.connection.connecting];
    case "signed_out":
      return ["signed-out", T.connection.signedOut];
    case "unsure":
      return ["unsure", T.connection.unsure];
    case "too_many":
      return ["too-many", T.connection.tooMany];
    case "full":
      return ["too-many", T.connection.full];
    case "quiet":
      return ["quiet", T.connection.quiet(silent)];
    case "reconnecting":
      return ["reconnecting", silent_s < 3 ? T.connection.reconnecting : T.connection.quietReconnecting(silent)];
    default:
      return redis === "down" ? ["redis-down", T.connection.redisDown] : ["live", T.connection.live];
  }
}

function Connection({ link, redis, silent_s }: { link: LinkState; redis: "up" | "down"; silent_s: number }) {
  const [state, text] = connectionText(link, redis, silent_s);
  return (
    <span class="connection" data-testid="connection" data-state={state} role="status">
      {text}
    </span>
  );
}
