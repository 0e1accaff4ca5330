import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Sound } from "./types.ts";
import { readWav, type Wave } from "./wave.ts";

export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2] as const;

export const SKIP_MS = 5000;

export interface Player {
  audio: HTMLAudioElement;
  /** Null until it was read. */
  wave: Wave | null;
  at_ms: number;
  isPlaying: boolean;
  speed: number;
  toggle: () => void;
  /** To a second of the call, as far as there is sound. */
  seek: (ms: number) => void;
  change: (step: 1 | -1) => void;
}

/** The sound at a path; times are those of the call. */
export function usePlayer(path: string, sound: Sound | null, begin_ms: number): Player {
  const audio = useMemo(() => new Audio(), []);
  const [wave, setWave] = useState<Wave | null>(null);
  const [at_ms, setAt] = useState(begin_ms);
  const [isPlaying, setPlaying] = useState(false);
  const [speed, setSpeed] = useState(1);
  const start = useRef(0);
  start.current = sound?.start_ms ?? 0;
  // Where it is to stand: until the sound's length is known, the browser takes no place in it.
  const asked_ms = useRef(begin_ms);
  const seek = (ms: number) => {
    if (!sound) return;
    asked_ms.current = Math.max(sound.start_ms, Math.min(sound.end_ms, ms));
    if (audio.readyState > 0) audio.currentTime = (asked_ms.current - sound.start_ms) / 1000;
    setAt(asked_ms.current);
  };
  useEffect(() => {
    setWave(null);
    audio.pause();
    if (!sound) return setAt(begin_ms);
    const leaving = new AbortController();
    audio.src = path;
    seek(begin_ms);
    audio.addEventListener("loadedmetadata", () => seek(asked_ms.current), { once: true, signal: leaving.signal });
    fetch(audio.src, { signal: leaving.signal })
      .then((answer) => (answer.ok ? answer.arrayBuffer() : Promise.reject(new Error(String(answer.status)))))
      .then((data) => setWave(readWav(data)))
      .catch(() => undefined); // Without its outline it is heard all the same.
    return () => {
      leaving.abort();
      audio.pause();
    };
    // What is known of it comes after its path; and comes again, the same, after each verdict.
  }, [path, sound === null]);
  useEffect(() => {
    const told = () => setPlaying(!audio.paused);
    for (const name of ["play", "pause", "ended"]) audio.addEventListener(name, told);
    return () => {
      for (const name of ["play", "pause", "ended"]) audio.removeEventListener(name, told);
      audio.pause();
    };
  }, []);
  useEffect(() => {
    if (!isPlaying) return;
    let frame = requestAnimationFrame(function follow() {
      setAt(start.current + audio.currentTime * 1000);
      frame = requestAnimationFrame(follow);
    });
    return () => cancelAnimationFrame(frame);
  }, [isPlaying]);
  const change = (step: 1 | -1) => {
    const next = SPEEDS[SPEEDS.indexOf(speed as 1) + step];
    if (next === undefined) return;
    audio.playbackRate = next;
    audio.defaultPlaybackRate = next;
    setSpeed(next);
  };
  const toggle = () => void (audio.paused ? sound && audio.play().catch(() => undefined) : audio.pause());
  return { audio, wave, at_ms, isPlaying, speed, toggle, seek, change };
}
