import { percent } from "../words.ts";
import { weeks } from "./trend.ts";
import type { PrecisionRow } from "./types.ts";
import { T } from "./words.ts";

const HEIGHT = 120;
const STEP = 64;
const LEFT = 44;

/** A point a week with its interval of 95 %; the rows are those of the table below it. */
export function Trend({ rows }: { rows: readonly PrecisionRow[] }) {
  const shown = weeks(rows).slice(-16);
  if (shown.length < 2) return null;
  const y = (share: number) => 8 + (1 - share) * HEIGHT;
  const x = (at: number) => LEFT + STEP * (at + 0.5);
  const told = shown.map((week) => `${week.week}: ${percent(week.precision)}`).join(", ");
  return (
    <figure class="trend" data-testid="trend">
      <figcaption>{T.trend}</figcaption>
      <svg class="plot" width={LEFT + STEP * shown.length} height={HEIGHT + 30} role="img" aria-label={`${T.trend}: ${told}`}>
        {[0, 0.5, 1].map((share) => (
          <g key={share}>
            <line class="grid" x1={LEFT} x2={LEFT + STEP * shown.length} y1={y(share)} y2={y(share)} />
            <text x={LEFT - 6} y={y(share) + 4} text-anchor="end">
              {percent(share)}
            </text>
          </g>
        ))}
        <polyline points={shown.map((week, at) => `${x(at)},${y(week.precision)}`).join(" ")} />
        {shown.map((week, at) => (
          <g key={week.week}>
            <title>{T.trendWeek(week.week, week.right, week.counted, percent(week.low), percent(week.high))}</title>
            <line class="range" x1={x(at)} x2={x(at)} y1={y(week.high)} y2={y(week.low)} />
            <circle cx={x(at)} cy={y(week.precision)} r={4} />
            <text x={x(at)} y={HEIGHT + 26} text-anchor="middle">
              {week.week.slice(5)}
            </text>
          </g>
        ))}
      </svg>
    </figure>
  );
}
