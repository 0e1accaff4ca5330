import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { bandPath, gaps, linePath, rowWindow, runs, ticks, type Scale } from "./line.ts";
import { T } from "./messages/index.ts";
import { alertsShown } from "./order.ts";
import type { Alert, CallView, Thresholds } from "./types.ts";
import { abstention, clock, isCallerHeard, signed } from "./words.ts";

interface Props {
  view: CallView;
  height: number;
  /** With axes, thresholds and the whole call. */
  large?: boolean;
  thresholds?: Thresholds | null;
  /** With the marks of pending alerts. */
  pending?: boolean;
}

/** Width in pixels of the first drawing, before the element was measured. */
const UNMEASURED = 300;

function useWidth() {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(UNMEASURED);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measure = () => setWidth(Math.max(40, Math.floor(element.clientWidth)));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, width] as const;
}

export function ToneLine({ view, height, large = false, thresholds, pending = false }: Props) {
  const [ref, width] = useWidth();
  const [from, to] = large
    ? [view.points[0]?.start_ms ?? 0, Math.max(30_000, view.duration_ms * 1.02)]
    : rowWindow(view.duration_ms);
  const [left, bottom, top, right] = large ? [30, 22, 12, 10] : [0, 5, 5, 8];
  const scale: Scale = {
    x: (ms) => left + ((ms - from) / (to - from)) * (width - left - right),
    y: (tone) => top + ((1 - tone) / 2) * (height - top - bottom),
  };
  const shown = useMemo(() => view.points.filter((point) => point.end_ms >= from), [view.points, from]);
  const pieces = useMemo(() => runs(shown), [shown]);
  const missing = useMemo(() => gaps(shown), [shown]);
  // Ids are the whole document's: a row and the detail each have a gradient for the same call.
  const paint = `tone-${large ? "large" : "row"}-${view.call_id.replace(/[^\w-]/g, "_")}`;
  const tip = view.state === "live" && isCallerHeard(view) ? pieces.at(-1)?.at(-1) : undefined;
  const label =
    view.state === "ended" ? T.line.labelEnded(view.call.title) : view.tone === null ? T.line.labelNot(view.call.title) : T.line.label(view.call.title, signed(view.tone));
  return (
    <div class={large ? "tone-line large" : "tone-line"} ref={ref} style={{ height: `${height}px` }}>
      <svg class="plot" width={width} height={height} role="img" aria-label={label}>
        <defs>
          <linearGradient id={paint} gradientUnits="userSpaceOnUse" x1="0" x2="0" y1={scale.y(1)} y2={scale.y(-1)}>
            {/* Offsets run from tone 1 to -1: 0.5 is tone 0. */}
            <stop offset="0" class="stop-good" />
            <stop offset="0.4" class="stop-even" />
            <stop offset="0.56" class="stop-even" />
            <stop offset="0.72" class="stop-bad" />
            <stop offset="1" class="stop-bad" />
          </linearGradient>
        </defs>
        {large && <Axes scale={scale} from={from} to={to} left={left} right={width - right} bottom={height} />}
        <line class="zero" x1={left} x2={width - right} y1={scale.y(0)} y2={scale.y(0)} />
        {large && thresholds && thresholds.unit === "tone" && <Limits thresholds={thresholds} scale={scale} left={left} right={width - right} />}
        {missing.map((gap) => {
          const x = Math.max(left, scale.x(gap.start_ms));
          return (
            <line class="gap" x1={x} x2={Math.max(x + 1, scale.x(gap.end_ms))} y1={scale.y(0)} y2={scale.y(0)} key={gap.start_ms}>
              <title>{T.line.gap(clock(gap.start_ms), clock(gap.end_ms), abstention(gap.reason))}</title>
            </line>
          );
        })}
        {pieces.map((run) => (
          <g key={run[0]!.ms}>
            <path class="band" d={bandPath(run, scale)} fill={`url(#${paint})`} />
            <path class="curve" d={linePath(run, scale)} stroke={`url(#${paint})`} />
          </g>
        ))}
        {alertsShown(view, pending).map((alert) => (
          <Marks alert={alert} scale={scale} from={from} key={alert.alert_id} large={large} top={top} bottom={height - bottom} />
        ))}
        {tip && <circle class="tip" cx={scale.x(tip.ms)} cy={scale.y(tip.tone)} r={large ? 4 : 3.5} fill={`url(#${paint})`} />}
      </svg>
    </div>
  );
}

interface AxesProps {
  scale: Scale;
  from: number;
  to: number;
  left: number;
  right: number;
  bottom: number;
}

function Axes({ scale, from, to, left, right, bottom }: AxesProps) {
  return (
    <g class="axes" aria-hidden="true">
      {[1, 0.5, 0, -0.5, -1].map((tone) => (
        <g key={tone}>
          <line class="grid" x1={left} x2={right} y1={scale.y(tone)} y2={scale.y(tone)} />
          {Number.isInteger(tone) && (
            <text x={left - 8} y={scale.y(tone) + 4} text-anchor="end">
              {tone === 0 ? "0" : signed(tone, 0)}
            </text>
          )}
        </g>
      ))}
      {ticks(from, to, 6).map((ms) => (
        <text x={scale.x(ms)} y={bottom - 4} text-anchor="middle" key={ms}>
          {clock(ms)}
        </text>
      ))}
    </g>
  );
}

function Limits({ thresholds, scale, left, right }: { thresholds: Thresholds; scale: Scale; left: number; right: number }) {
  return (
    <g class="limits">
      {(["fire", "clear"] as const).map((name) => (
        <g key={name}>
          <line class={name} x1={left} x2={right} y1={scale.y(thresholds[name])} y2={scale.y(thresholds[name])} />
          <text x={right} y={scale.y(thresholds[name]) + (name === "fire" ? 12 : -4)} text-anchor="end">
            {(name === "fire" ? T.line.firesBelow : T.line.clearsAbove)(signed(thresholds[name]))}
          </text>
        </g>
      ))}
    </g>
  );
}

interface MarksProps {
  alert: Alert;
  scale: Scale;
  from: number;
  large: boolean;
  top: number;
  bottom: number;
}

function Marks({ alert, scale, from, large, top, bottom }: MarksProps) {
  const recovered = alert.resolved_by === "recovery" ? alert.resolved_ms : null;
  const flag = large ? 5 : 4;
  return (
    <g class={`marks ${alert.state}`}>
      {alert.onset_ms >= from && (
        <g class="onset">
          <title>{T.line.onset(clock(alert.onset_ms))}</title>
          <line x1={scale.x(alert.onset_ms)} x2={scale.x(alert.onset_ms)} y1={top} y2={bottom} />
          <path d={`M${scale.x(alert.onset_ms)},${top}l${flag * 1.5},${flag}l${-flag * 1.5},${flag}z`} />
        </g>
      )}
      {alert.peak_ms >= from && (
        <circle class="peak" cx={scale.x(alert.peak_ms)} cy={scale.y(alert.peak_tone)} r={large ? 6 : 5}>
          <title>{T.line.peak(signed(alert.peak_tone), clock(alert.peak_ms))}</title>
        </circle>
      )}
      {recovered !== null && recovered >= from && (
        <g class="recovery">
          <title>{T.line.recovery(clock(recovered))}</title>
          <line x1={scale.x(recovered)} x2={scale.x(recovered)} y1={top} y2={bottom} />
          <path d={`M${scale.x(recovered)},${bottom}l${flag * 1.5},${-flag}l${-flag * 1.5},${-flag}z`} />
        </g>
      )}
    </g>
  );
}
