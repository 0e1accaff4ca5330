import { percent, plain, ruleName } from "../words.ts";
import type { PrecisionReport } from "./types.ts";
import { Trend } from "./Trend.tsx";
import { precisionText, recallText, T } from "./words.ts";

interface Props {
  report: PrecisionReport;
  exports: readonly (readonly [string, string])[];
}

type Column = keyof typeof T.columns;
const COLUMNS: readonly Column[] = ["week", "rule", "queue", "right", "wrong", "not_actionable", "disputed", "precision"];
const NUMBERS: readonly Column[] = ["right", "wrong", "not_actionable", "disputed"];

/** A share's place on its bar, whose ends leave room for the dot. */
const onBar = (share: number) => 5 + share * 110;

/** How often each rule was right in each queue and week. */
export function Precision({ report, exports }: Props) {
  return (
    <section class="precision">
      <h2>{T.precision}</h2>
      <p data-testid="precision-total">{precisionText(report.total)}</p>
      {report.hidden > 0 && (
        <p class="note" data-testid="hidden">
          {T.hidden(report.hidden)}
        </p>
      )}
      <Trend rows={report.rows} />
      {report.rows.length > 0 && (
        <table>
          <thead>
            <tr>
              {COLUMNS.map((name) => (
                <th scope="col" class={NUMBERS.includes(name) ? "number" : undefined} key={name}>
                  {T.columns[name]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {report.rows.map((row) => (
              <tr key={`${row.week} ${row.rule} ${row.queue}`} data-testid="precision-row">
                <td>{row.week || "–"}</td>
                <td>{ruleName(row.rule)}</td>
                <td>{row.queue || "–"}</td>
                <td class="number">{row.right}</td>
                <td class="number">{row.wrong}</td>
                <td class="number">{row.not_actionable}</td>
                <td class="number">{row.disputed}</td>
                <td>
                  {row.precision !== null && row.low !== null && row.high !== null && (
                    <span class="interval" title={T.interval(percent(row.low), percent(row.high))}>
                      <svg class="plot" width="120" height="12" aria-hidden="true">
                        <line x1={onBar(0)} x2={onBar(1)} y1={6} y2={6} />
                        <line class="range" x1={onBar(row.low)} x2={onBar(row.high)} y1={6} y2={6} />
                        <circle cx={onBar(row.precision)} cy={6} r={4} />
                      </svg>
                      {percent(row.precision)}
                    </span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {report.recall.calls > 0 && (
        <>
          <h3>{T.recall}</h3>
          <p data-testid="recall">{recallText(report.recall)}</p>
        </>
      )}
      {report.missed > 0 && <p>{T.missedMoments(report.missed)}</p>}
      {report.agreement.length > 0 && (
        <>
          <h3>{T.agreement}</h3>
          <ul>
            {report.agreement.map((one) => (
              <li key={`${one.first} ${one.second}`}>
                {T.alike(one.first, one.second, one.agreed, one.both)}
                {one.kappa !== null && T.kappa(plain(one.kappa))}
              </li>
            ))}
          </ul>
        </>
      )}
      <p class="exports">
        {exports.map(([path, name]) => (
          <a href={path} download key={path}>
            {name}
          </a>
        ))}
      </p>
    </section>
  );
}
