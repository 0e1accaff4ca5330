import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { ticks } from "../line.ts";
import { Spectrogram } from "./Spectrogram.tsx";
import { clock, signed } from "../words.ts";
import { SKIP_MS, type Player } from "./player.ts";
import type { KeptAudio, Sound } from "./types.ts";
import { gain, outline, type Wave } from "./wave.ts";
import { silenceText, T } from "./words.ts";

const WAVE_PX = 96;
const TONE_PX = 88;
const AXIS_PX = 18;

/** A second that is pointed at. */
export interface Marked {
  ms: number;
  name: string;
  kind: "onset" | "fired" | "missed";
}

export interface Judgement {
  segment_id: string;
  start_ms: number;
  end_ms: number;
  tone: number;
}

interface Props {
  tone: readonly Judgement[];
  marks: readonly Marked[];
  sound: Sound;
  player: Player;
  isSpectrogram: boolean;
}

/** The sound's outline or spectrogram, the tone under it, and where it plays; a click or an arrow key leads to a second. */
export function Timeline({ tone, marks, sound, player, isSpectrogram }: Props) {
  const [ref, width] = useWidth();
  const length_ms = Math.max(1, sound.end_ms - sound.start_ms);
  const x = (ms: number) => ((ms - sound.start_ms) / length_ms) * width;
  const toSecond = (event: PointerEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    player.seek(sound.start_ms + ((event.clientX - box.left) / box.width) * length_ms);
  };
  const onKey = (event: KeyboardEvent) => {
    const to = { Home: sound.start_ms, End: sound.end_ms, ArrowUp: player.at_ms + SKIP_MS / 5, ArrowDown: player.at_ms - SKIP_MS / 5 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    player.seek(to);
  };
  return (
    <div
      class="timeline"
      ref={ref}
      role="slider"
      tabIndex={0}
      aria-label={T.position}
      aria-valuemin={Math.round(sound.start_ms / 1000)}
      aria-valuemax={Math.round(sound.end_ms / 1000)}
      aria-valuenow={Math.round(player.at_ms / 1000)}
      aria-valuetext={clock(player.at_ms)}
      data-testid="timeline"
      onPointerDown={toSecond}
      onPointerMove={(event) => event.buttons === 1 && toSecond(event)}
      onKeyDown={onKey}
    >
      {isSpectrogram ? <Spectrogram wave={player.wave} width={width} height={WAVE_PX} /> : <Outline wave={player.wave} width={width} />}
      <svg class="plot" width={width} height={WAVE_PX + TONE_PX + AXIS_PX} aria-hidden="true">
        {silent(sound.parts).map((part) => (
          <rect class="part" x={x(part.start_ms)} width={Math.max(1, x(part.end_ms) - x(part.start_ms))} y={0} height={WAVE_PX} key={part.start_ms}>
            <title>{silenceText(part)}</title>
          </rect>
        ))}
        <Tone tone={tone} x={x} width={width} />
        {ticks(sound.start_ms, sound.end_ms, Math.max(2, Math.floor(width / 90))).map((ms) => (
          <text class="tick" x={Math.max(18, Math.min(width - 18, x(ms)))} y={WAVE_PX + TONE_PX + 14} key={ms}>
            {clock(ms)}
          </text>
        ))}
        {marks.map((mark) => (
          <Mark {...mark} x={x} width={width} key={`${mark.kind} ${mark.ms}`} />
        ))}
        <line class="playhead" data-testid="playhead" data-at-ms={Math.round(player.at_ms)} x1={x(player.at_ms)} x2={x(player.at_ms)} y1={0} y2={WAVE_PX + TONE_PX} />
      </svg>
    </div>
  );
}

/** Stretches that were not kept, and that no other kept stretch holds either. */
function silent(parts: readonly KeptAudio[]): KeptAudio[] {
  const kept = parts.filter((part) => part.status === "kept");
  return parts.filter((part) => part.status !== "kept" && !kept.some((other) => other.start_ms <= part.start_ms && other.end_ms >= part.end_ms));
}

function Tone({ tone, x, width }: { tone: readonly Judgement[]; x: (ms: number) => number; width: number }) {
  const y = (tone: number) => WAVE_PX + 8 + ((1 - tone) / 2) * (TONE_PX - 16);
  return (
    <g class="tone">
      <line class="zero" x1={0} x2={width} y1={y(0)} y2={y(0)} />
      {[1, -1].map((limit) => (
        <text class="limit" x={4} y={y(limit) + (limit > 0 ? 10 : -3)} key={limit}>
          {signed(limit, 0)}
        </text>
      ))}
      {tone.map((point) => (
        <line class={point.tone <= -0.3 ? "bad" : "even"} x1={x(point.start_ms)} x2={x(point.end_ms)} y1={y(point.tone)} y2={y(point.tone)} key={point.segment_id}>
          <title>{`${clock(point.start_ms)}: ${signed(point.tone)}`}</title>
        </line>
      ))}
    </g>
  );
}

function Mark({ ms, name, x, kind, width }: { ms: number; name: string; x: (ms: number) => number; kind: string; width: number }) {
  const at = x(ms);
  if (at < -1 || at > width + 1) return null;
  const isLate = at > width - 50;
  return (
    <g class={`mark ${kind}`}>
      <line x1={at} x2={at} y1={0} y2={WAVE_PX + TONE_PX} />
      <text x={isLate ? at - 4 : at + 4} y={kind === "onset" ? 11 : 24} text-anchor={isLate ? "end" : "start"}>
        {name}
      </text>
    </g>
  );
}

function Outline({ wave, width }: { wave: Wave | null; width: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const lanes = useMemo(() => (wave ? [wave.samples, ...(wave.agent ? [wave.agent] : [])].map((samples) => outline(samples, width)) : []), [wave, width]);
  useEffect(() => {
    const drawn = canvas.current;
    if (!drawn || !lanes.length) return;
    const draw = () => paint(drawn, lanes, width);
    draw();
    // The colours are those of the theme, which may change.
    const watched = new MutationObserver(draw);
    watched.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    return () => watched.disconnect();
  }, [lanes, width]);
  return <canvas ref={canvas} style={{ width: `${width}px`, height: `${WAVE_PX}px` }} data-testid="waveform" data-columns={lanes[0]?.length ?? 0} data-lanes={lanes.length} />;
}

type Lane = readonly (readonly [number, number])[];

/** The caller's lane above the agent's, each as high as there are lanes. */
function paint(canvas: HTMLCanvasElement, lanes: readonly Lane[], width: number): void {
  const scale = devicePixelRatio || 1;
  canvas.width = width * scale;
  canvas.height = WAVE_PX * scale;
  const pen = canvas.getContext("2d");
  if (!pen) return;
  pen.scale(scale, scale);
  pen.fillStyle = getComputedStyle(canvas).color;
  const height = WAVE_PX / lanes.length;
  lanes.forEach((lane, number) => {
    const louder = gain(lane) * (height / 2);
    const middle = height * (number + 0.5);
    pen.globalAlpha = number ? 0.5 : 1;
    lane.forEach(([low, high], column) => pen.fillRect(column, middle - high * louder, 1, Math.max(1, (high - low) * louder)));
  });
}

function useWidth() {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(600);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measure = () => setWidth(Math.max(200, Math.floor(element.clientWidth)));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, width] as const;
}
