/** A WAV file's outline: the loudest and the lowest sample of each column of pixels. */

export interface Wave {
  rate_hz: number;
  /** The caller's. */
  samples: Int16Array;
  /** The agent's, where that voice was kept. */
  agent: Int16Array | null;
}

/** Of a RIFF WAVE file of 16-bit PCM with one or two channels, as the desk's server writes it. Throws where it is another file. */
export function readWav(data: ArrayBuffer): Wave {
  const view = new DataView(data);
  const word = (at: number) => String.fromCharCode(...new Uint8Array(data, at, 4));
  if (data.byteLength < 44 || word(0) !== "RIFF" || word(8) !== "WAVE") throw new Error("no WAV file");
  const channels = view.getUint16(22, true);
  if (view.getUint16(20, true) !== 1 || channels < 1 || channels > 2 || view.getUint16(34, true) !== 16) throw new Error("not 16-bit PCM of one or two channels");
  const bytes = Math.min(view.getUint32(40, true), data.byteLength - 44);
  const all = new Int16Array(data, 44, bytes >> 1);
  const rate_hz = view.getUint32(24, true);
  if (channels === 1) return { rate_hz, samples: all, agent: null };
  const of = (channel: number) => Int16Array.from({ length: all.length >> 1 }, (_, at) => all[2 * at + channel]!);
  return { rate_hz, samples: of(0), agent: of(1) };
}

/** [lowest, highest] of each of `columns` stretches of the same length, in -1..1. */
export function outline(samples: Int16Array, columns: number): readonly (readonly [number, number])[] {
  const found: [number, number][] = [];
  for (let column = 0; column < columns; column++) {
    const end = Math.floor(((column + 1) * samples.length) / columns);
    let [low, high] = [0, 0];
    for (let at = Math.floor((column * samples.length) / columns); at < end; at++) {
      const sample = samples[at]!;
      if (sample < low) low = sample;
      else if (sample > high) high = sample;
    }
    found.push([low / 32768, high / 32768]);
  }
  return found;
}

/** Speech is seen however quiet the line: what its outline is multiplied by, at most 12. */
export function gain(columns: readonly (readonly [number, number])[]): number {
  const peak = Math.max(...columns.map(([low, high]) => Math.max(-low, high)), 0);
  return peak === 0 ? 1 : Math.min(12, 0.95 / peak);
}
