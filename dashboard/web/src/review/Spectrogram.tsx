import { useEffect, useRef, useState } from "preact/hooks";
import type { Wave } from "./wave.ts";

interface Props {
  wave: Wave | null;
  width: number;
  height: number;
}

/** Dark is loud. The caller's above the agent's where both were kept; each from 0 Hz below to half the rate. */
export function Spectrogram({ wave, width, height }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [lanes, setLanes] = useState<readonly Float32Array[][]>([]);
  useEffect(() => {
    let isOver = false;
    setLanes([]);
    // Nobody else waits for what it is made with.
    if (wave)
      void import("./spectrum.ts").then(({ spectrogram }) => {
        if (!isOver) setLanes([wave.samples, ...(wave.agent ? [wave.agent] : [])].map((samples) => spectrogram(samples, width)));
      });
    return () => {
      isOver = true;
    };
  }, [wave, width]);
  useEffect(() => {
    const drawn = canvas.current;
    if (!drawn || !lanes.length) return;
    const draw = () => paint(drawn, lanes);
    draw();
    const watched = new MutationObserver(draw);
    watched.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    return () => watched.disconnect();
  }, [lanes]);
  return <canvas ref={canvas} style={{ width: `${width}px`, height: `${height}px` }} data-testid="spectrogram" data-columns={lanes[0]?.length ?? 0} />;
}

function paint(canvas: HTMLCanvasElement, lanes: readonly Float32Array[][]): void {
  const [columns, bands] = [lanes[0]!.length, lanes[0]![0]!.length];
  canvas.width = columns;
  canvas.height = bands * lanes.length;
  const pen = canvas.getContext("2d");
  if (!pen) return;
  pen.fillStyle = getComputedStyle(canvas).color;
  pen.fillRect(0, 0, 1, 1);
  const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data;
  const image = pen.createImageData(canvas.width, canvas.height);
  lanes.forEach((lane, number) =>
    lane.forEach((levels, column) =>
      levels.forEach((level, band) => {
        const at = 4 * ((bands * (number + 1) - 1 - band) * columns + column);
        image.data.set([red!, green!, blue!, 255 * level * level], at);
      }),
    ),
  );
  pen.putImageData(image, 0, 0);
}
