import { useEffect, useRef } from "preact/hooks";

export type Shortcut = "next" | "previous" | "theme" | "search" | "close" | "blur" | "newest" | "acknowledge" | "snooze" | "take" | "wall" | "help";

/** What the page does itself; the walk, the search and leaving a field are done here. */
export type Handlers = Record<Exclude<Shortcut, "next" | "previous" | "search" | "blur">, () => void>;

/** The part of a KeyboardEvent that decides. */
export type Press = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">;

const SHORTCUTS: Readonly<Record<string, Shortcut>> = {
  j: "next",
  k: "previous",
  n: "newest",
  a: "acknowledge",
  s: "snooze",
  t: "take",
  d: "theme",
  w: "wall",
  "/": "search",
  "?": "help",
};

/** The shortcut of a key press; null where the key belongs to the browser or to the field that is being typed in. */
export function shortcutOf(press: Press, isTyping: boolean): Shortcut | null {
  if (press.ctrlKey || press.metaKey || press.altKey) return null;
  if (press.key === "Escape") return isTyping ? "blur" : "close";
  return isTyping ? null : (SHORTCUTS[press.key] ?? null);
}

/** The row that a step leads to; from no row (-1) to the first or the last one. The ends are walls. */
export function rowAfter(current: number, step: 1 | -1, count: number): number {
  const next = current < 0 ? (step > 0 ? 0 : count - 1) : current + step;
  return Math.max(0, Math.min(count - 1, next));
}

/** Keys of the whole page; Enter opens the row with the focus, which the browser does. */
export function useKeys(handlers: Handlers): void {
  const newest = useRef(handlers);
  newest.current = handlers;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      const shortcut = shortcutOf(event, target.matches("input, select, textarea"));
      if (shortcut === null) return;
      if (shortcut === "next") walk(1);
      else if (shortcut === "previous") walk(-1);
      else if (shortcut === "search") document.getElementById("search")?.focus();
      else if (shortcut === "blur") target.blur();
      else newest.current[shortcut]();
      // Escape keeps what the browser does with it: it also empties a search field and leaves the full screen.
      if (event.key !== "Escape") event.preventDefault();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}

function walk(step: 1 | -1): void {
  const titles = [...document.querySelectorAll<HTMLElement>(".row .title")];
  const current = titles.indexOf(document.activeElement as HTMLElement);
  // From nowhere it begins at what is seen: rows above it are drawn, too (window.ts).
  const seen = current < 0 && step > 0 ? titles.find((title) => title.getBoundingClientRect().top > 60) : undefined;
  const title = seen ?? titles[rowAfter(current, step, titles.length)];
  title?.focus();
  title?.closest(".row")?.scrollIntoView({ block: "nearest" });
}
