import { useLayoutEffect, useState, type MutableRef } from "preact/hooks";
import type { Frame } from "./window.ts";

/** Before the list was measured: a screen of rows of the usual height. */
const UNMEASURED: Frame = { above_px: 0, seen_px: 900, row_px: 76 };

/** Where the list lies in the window, kept up to date as it is scrolled and resized; in the list's own pixels. */
export function useSeenRows(list: MutableRef<HTMLElement | null>): Frame {
  const [frame, setFrame] = useState(UNMEASURED);
  useLayoutEffect(() => {
    let asked = 0;
    const measure = () => {
      asked = 0;
      const now = list.current && measured(list.current);
      if (now) setFrame((was) => (was.above_px === now.above_px && was.seen_px === now.seen_px && was.row_px === now.row_px ? was : now));
    };
    // Once a drawing, however many scroll events come.
    const ask = () => void (asked ||= requestAnimationFrame(measure));
    measure();
    addEventListener("scroll", ask, { passive: true });
    addEventListener("resize", ask);
    const observer = new ResizeObserver(ask);
    if (list.current) observer.observe(list.current);
    return () => {
      cancelAnimationFrame(asked);
      removeEventListener("scroll", ask);
      removeEventListener("resize", ask);
      observer.disconnect();
    };
  }, []);
  return frame;
}

function measured(list: HTMLElement): Frame | null {
  const row = list.querySelector<HTMLElement>(".row + .row") ?? list.querySelector<HTMLElement>(".row");
  if (!row) return null;
  const drawn = list.getBoundingClientRect();
  // A wall screen is zoomed: what the window measures is larger than what the list's styles say.
  const zoom = list.offsetHeight ? drawn.height / list.offsetHeight : 1;
  return { above_px: -drawn.top / zoom, seen_px: innerHeight / zoom, row_px: row.offsetHeight };
}
