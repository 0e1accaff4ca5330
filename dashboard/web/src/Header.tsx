import type { LinkState } from "./link.ts";
import type { Choices, Filter, Show } from "./order.ts";
import type { Session } from "./session.ts";
import { UserMenu } from "./UserMenu.tsx";
import { ReviewLink } from "./ReviewLink.tsx";

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
}

const SHOWS: [Show, string][] = [
  ["all", "All"],
  ["alerts", "Alerts"],
  ["live", "Live"],
  ["ended", "Ended"],
];

export function Header({ totals, link, redis, silent_s, filter, choices, notice, session, onFilter, onTheme }: Props) {
  return (
    <>
      <header class="top">
        <div class="brand">
          <svg viewBox="0 0 32 20" width="34" height="22" aria-hidden="true">
            <path d="M2 8c4 0 5-5 9-5s5 14 10 14c4 0 5-5 9-5" />
          </svg>
          <h1>Tonewatch</h1>
          <ReviewLink>Review</ReviewLink>
        </div>
        <dl class="totals">
          <Total name="live" value={totals.live} testid="live-count" />
          <Total name={totals.firing === 1 ? "alert" : "alerts"} value={totals.firing} testid="firing-count" alarm={totals.firing > 0} />
          <Total name="not analysed" value={totals.not_analysed} testid="not-analysed-count" />
        </dl>
        <div class="tools">
          <div class="segmented" role="group" aria-label="Which calls">
            {SHOWS.map(([show, name]) => (
              <button type="button" key={show} aria-pressed={filter.show === show} onClick={() => onFilter({ ...filter, show })}>
                {name}
              </button>
            ))}
          </div>
          <Choice name="Queue" all="All queues" values={choices.queue} chosen={filter.queue} onChoose={(queue) => onFilter({ ...filter, queue })} />
          {choices.team.length > 0 && (
            <Choice name="Team" all="All teams" values={choices.team} chosen={filter.team} onChoose={(team) => onFilter({ ...filter, team })} />
          )}
          {choices.agent.length > 0 && (
            <Choice name="Agent" all="All agents" values={choices.agent} chosen={filter.agent} onChoose={(agent) => onFilter({ ...filter, agent })} />
          )}
          <label class="check" title="What may become an alert, quietly">
            <input type="checkbox" checked={filter.pending} data-testid="pending" onChange={(event) => onFilter({ ...filter, pending: event.currentTarget.checked })} />
            Pending
          </label>
          <input
            type="search"
            id="search"
            placeholder="Search  /"
            aria-label="Search by title or id"
            value={filter.search}
            onInput={(event) => onFilter({ ...filter, search: event.currentTarget.value })}
          />
          <button type="button" class="icon" onClick={onTheme} aria-label="Dark or light (d)" title="Dark or light (d)" data-testid="theme">
            <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
              <circle cx="8" cy="8" r="5.5" />
              <path class="filled" d="M8 2.5a5.5 5.5 0 0 1 0 11z" />
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
  name: string;
  all: string;
  values: string[];
  chosen: string;
  onChoose: (value: string) => void;
}

/** One value of many. What the address names stays to be seen, also where no call has it now. */
function Choice({ name, all, values, chosen, onChoose }: ChoiceProps) {
  const shown = chosen && !values.includes(chosen) ? [chosen, ...values] : values;
  return (
    <select aria-label={name} value={chosen} data-testid={`filter-${name.toLowerCase()}`} onChange={(event) => onChoose(event.currentTarget.value)}>
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

function Connection({ link, redis, silent_s }: { link: LinkState; redis: "up" | "down"; silent_s: number }) {
  const [state, text] =
    link === "connecting"
      ? ["connecting", "Connecting"]
      : link === "signed_out"
      ? ["signed-out", "Signed out"]
      : link === "quiet"
        ? ["quiet", `No news for ${silent_s} s`]
        : link === "reconnecting"
        ? ["reconnecting", silent_s < 3 ? "Reconnecting" : `No news for ${silent_s} s, reconnecting`]
        : redis === "down"
          ? ["redis-down", "Redis down"]
          : ["live", "Live"];
  return (
    <span class="connection" data-testid="connection" data-state={state} role="status">
      {text}
    </span>
  );
}
