import { useEffect, useRef } from "preact/hooks";
import type uPlot from "uplot";
import { LOCALE, T } from "../messages/index.ts";
import { plain } from "../numbers.ts";
import type { TrendRow } from "./types.ts";

interface Props {
  rows: TrendRow[];
  kind: "load" | "waits";
}

const HEIGHT_PX = 240;

/** Calls are whole, and so are seconds that matter. */
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000];

/** A canvas takes no font from the page. */
const FONT = '12px "Inter Variable", system-ui, sans-serif';

/** Drawn by uPlot, which only this page loads, and only once there is something to draw. */
export function Chart({ rows, kind }: Props) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let isOver = false;
    let drawn: uPlot | null = null;
    const resized = new ResizeObserver(() => drawn?.setSize({ width: place.current!.clientWidth, height: HEIGHT_PX }));
    void import("uplot").then(({ default: UPlot }) => {
      if (isOver || !place.current) return;
      drawn = new UPlot(options(kind, place.current.clientWidth), data(rows, kind), place.current);
      resized.observe(place.current);
    });
    return () => {
      isOver = true;
      resized.disconnect();
      drawn?.destroy();
    };
  }, [rows, kind]);
  const sum = (of: "calls" | "alerts") => rows.reduce((total, row) => total + row[of], 0);
  const label = kind === "load" ? T.trends.chart(sum("calls"), sum("alerts")) : T.trends.chartOfWaits;
  // None is a number too; that nobody acknowledged anything is not.
  const isEmpty = kind === "waits" && rows.every((row) => row.acknowledge_s === null);
  return (
    <section class="chart">
      <h2>{kind === "load" ? T.trends.perHour : T.trends.waitPerHour}</h2>
      {isEmpty && (
        <p class="note" data-testid="no-waits">
          {T.trends.noWaits}
        </p>
      )}
      <div role="img" aria-label={label} ref={place} hidden={isEmpty} data-testid={`chart-${kind}`} />
    </section>
  );
}

function data(rows: TrendRow[], kind: Props["kind"]): uPlot.AlignedData {
  const at_s = rows.map((row) => row.hour_at_ms / 1000);
  if (kind === "waits") return [at_s, rows.map((row) => row.acknowledge_s)];
  return [at_s, rows.map((row) => row.calls), rows.map((row) => row.alerts)];
}

/** The page's colours as they are now: a canvas does not follow them by itself. */
function options(kind: Props["kind"], width: number): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const axis = { font: FONT, stroke: colour("soft"), grid: { stroke: colour("grid"), width: 1 }, ticks: { stroke: colour("rule"), width: 1 } };
  const number = (value: number | null) => (value === null ? "–" : plain(value, kind === "waits" ? 1 : 0));
  const line = (label: string, name: string): uPlot.Series => ({ label, stroke: colour(name), width: 2, points: { size: 5 }, value: (_plot, value: number | null) => number(value) });
  const when = new Intl.DateTimeFormat(LOCALE, { weekday: "short", hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
  return {
    width,
    height: HEIGHT_PX,
    scales: { y: { range: (_plot, _least, most) => [0, Math.max(1, most * 1.1)] } },
    axes: [
      { ...axis, values: (_plot, splits) => splits.map((at_s) => shortTime(at_s * 1000)) },
      { ...axis, size: 60, incrs: STEPS, values: (_plot, splits) => splits.map((value) => plain(value, 0)) },
    ],
    series: [
      { label: T.trends.hour, value: (_plot, at_s: number | null) => (at_s === null ? "–" : when.format(at_s * 1000)) },
      ...(kind === "waits" ? [line(T.trends.wait, "accent")] : [line(T.trends.calls, "even"), line(T.trends.alerts, "bad")]),
    ],
  };
}

const TIME = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(LOCALE, { weekday: "short", day: "numeric" });

/** The time of day; at midnight the day. */
function shortTime(at_ms: number): string {
  const at = new Date(at_ms);
  return at.getHours() === 0 && at.getMinutes() === 0 ? DAY.format(at) : TIME.format(at);
}
