import { LOCALE, T } from "../messages/index.ts";
import { percent, plain } from "../numbers.ts";
import type { TrendRow, Trends } from "./types.ts";

/** Every number that the charts show, and those of queues and teams. */
export function Tables({ found }: { found: Trends }) {
  const when = new Intl.DateTimeFormat(LOCALE, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  return (
    <>
      <Table name={T.trends.byQueue} first={T.header.queue} rows={found.queues} of={(row) => row.queue} testid="by-queue" />
      <Table name={T.trends.byTeam} first={T.header.team} rows={found.teams} of={(row) => row.team} testid="by-team" />
      <details data-testid="by-hour">
        <summary>{T.trends.everyHour}</summary>
        <Table name={T.trends.perHour} first={T.trends.hour} rows={found.hours} of={(row) => when.format(row.hour_at_ms)} testid="hours" />
      </details>
    </>
  );
}

interface TableProps {
  name: string;
  first: string;
  rows: TrendRow[];
  of: (row: TrendRow) => string;
  testid: string;
}

function Table({ name, first, rows, of, testid }: TableProps) {
  return (
    <section class="trend-table">
      <h2>{name}</h2>
      {rows.length === 0 ? (
        <p class="note">{T.trends.nothing}</p>
      ) : (
        <div class="scrolls" role="region" aria-label={name} tabIndex={0}>
          <table data-testid={testid}>
            <thead>
              <tr>
                {[first, T.trends.calls, T.trends.alerts, T.trends.acknowledged, T.trends.wait, T.trends.precision].map((text) => (
                  <th scope="col" key={text}>
                    {text}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={of(row)}>
                  <th scope="row">{of(row)}</th>
                  <td>{plain(row.calls, 0)}</td>
                  <td>{plain(row.alerts, 0)}</td>
                  <td>{plain(row.acknowledged, 0)}</td>
                  <td>{row.acknowledge_s === null ? "–" : plain(row.acknowledge_s, 1)}</td>
                  <td>{precision(row)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

/** With the interval: of few verdicts a share alone says little. */
function precision({ right, judged, low, high }: TrendRow): string {
  return low === null || high === null ? T.trends.notJudged : T.trends.precisionText(right, judged, percent(low), percent(high));
}
