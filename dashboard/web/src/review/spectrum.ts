/** The spectrum of a sound over time, by short Fourier transforms. Loaded when somebody asks for it. */

/** Samples of one transform; 64 ms of a telephone line. */
export const SIZE = 512;

/** What lies this far under the loudest is drawn as nothing. */
const FLOOR_DB = 70;

/**
 * In 0..1, [column][band], the lowest band first: decibels over the floor, the loudest being 1. Each column is a transform
 * (Hann window) around its middle; silence is 0 throughout.
 */
export function spectrogram(samples: Int16Array, columns: number): Float32Array[] {
  const window = Float64Array.from({ length: SIZE }, (_, at) => 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / SIZE));
  const found = Array.from({ length: columns }, (_, column) => decibels(samples, Math.floor(((column + 0.5) * samples.length) / columns), window));
  let loudest = -Infinity;
  for (const column of found) for (const level of column) if (level > loudest) loudest = level;
  return found.map((column) => column.map((level) => (loudest === -Infinity ? 0 : Math.max(0, 1 + (level - loudest) / FLOOR_DB))));
}

function decibels(samples: Int16Array, middle: number, window: Float64Array): Float32Array {
  const real = new Float64Array(SIZE);
  const imaginary = new Float64Array(SIZE);
  for (let at = 0; at < SIZE; at++) real[at] = (samples[middle - SIZE / 2 + at] ?? 0) * window[at]!;
  transform(real, imaginary);
  return Float32Array.from({ length: SIZE / 2 }, (_, band) => 10 * Math.log10(real[band]! ** 2 + imaginary[band]! ** 2));
}

/** In place, by halves (Cooley and Tukey); the length is a power of two. */
export function transform(real: Float64Array, imaginary: Float64Array): void {
  const length = real.length;
  for (let at = 1, other = 0; at < length; at++) {
    let bit = length >> 1;
    for (; other & bit; bit >>= 1) other ^= bit;
    other ^= bit;
    if (at < other) {
      [real[at], real[other]] = [real[other]!, real[at]!];
      [imaginary[at], imaginary[other]] = [imaginary[other]!, imaginary[at]!];
    }
  }
  for (let size = 2; size <= length; size <<= 1) {
    const half = size >> 1;
    for (let k = 0; k < half; k++) {
      const turn = (-2 * Math.PI * k) / size;
      const [cosine, sine] = [Math.cos(turn), Math.sin(turn)];
      for (let low = k; low < length; low += size) {
        const high = low + half;
        const re = real[high]! * cosine - imaginary[high]! * sine;
        const im = real[high]! * sine + imaginary[high]! * cosine;
        real[high] = real[low]! - re;
        imaginary[high] = imaginary[low]! - im;
        real[low] = real[low]! + re;
        imaginary[low] = imaginary[low]! + im;
      }
    }
  }
}
