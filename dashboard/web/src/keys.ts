import { useEffect } from "preact/hooks";

interface Handlers {
  close: () => void;
  toggleTheme: () => void;
}

export type Shortcut = "next" | "previous" | "theme" | "search" | "close" | "blur";

/** The part of a KeyboardEvent that decides. */
export type Press = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">;

const SHORTCUTS: Readonly<Record<string, Shortcut>> = { j: "next", k: "previous", t: "theme", "/": "search" };

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

/** j and k walk the rows (Enter opens the one with the focus), / searches, t changes the theme, Esc closes. */
export function useKeys({ close, toggleTheme }: Handlers): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      const shortcut = shortcutOf(event, target.matches("input, select, textarea"));
      if (shortcut === null) return;
      if (shortcut === "next") walk(1);
      else if (shortcut === "previous") walk(-1);
      else if (shortcut === "theme") toggleTheme();
      else if (shortcut === "search") document.getElementById("search")?.focus();
      else if (shortcut === "blur") target.blur();
      else close();
      // Escape keeps what the browser does with it: it also empties a search field and leaves the full screen.
      if (event.key !== "Escape") event.preventDefault();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [close, toggleTheme]);
}

function walk(step: 1 | -1): void {
  const titles = [...document.querySelectorAll<HTMLElement>(".row .title")];
  const title = titles[rowAfter(titles.indexOf(document.activeElement as HTMLElement), step, titles.length)];
  title?.focus();
  title?.closest(".row")?.scrollIntoView({ block: "nearest" });
}
