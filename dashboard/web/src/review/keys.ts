import { useEffect, useRef } from "preact/hooks";
import type { Press } from "../keys.ts";

export type Shortcut = "next" | "previous" | "unreviewed" | "play" | "back" | "forward" | "slower" | "faster" | "right" | "wrong" | "not_actionable" | "missed" | "spectrogram" | "lists" | "theme" | "search" | "help" | "leave";

const SHORTCUTS: Readonly<Record<string, Shortcut>> = {
  j: "next",
  k: "previous",
  n: "unreviewed",
  " ": "play",
  ArrowLeft: "back",
  ArrowRight: "forward",
  "[": "slower",
  "]": "faster",
  "1": "right",
  "2": "wrong",
  "3": "not_actionable",
  m: "missed",
  g: "spectrogram",
  q: "lists",
  d: "theme",
  "/": "search",
  "?": "help",
};

/** What has the focus: a field takes every key, a button its space, a choice of one (radio) its space and arrows. */
export type Focus = "page" | "field" | "button" | "choice";

const TAKEN: Record<Exclude<Focus, "field">, readonly string[]> = { page: [], button: [" "], choice: [" ", "ArrowLeft", "ArrowRight"] };

/** The shortcut of a key press; null where the key belongs to the browser or to what has the focus. */
export function shortcutOf(press: Press, focus: Focus): Shortcut | null {
  if (press.ctrlKey || press.metaKey || press.altKey) return null;
  if (press.key === "Escape") return "leave";
  if (focus === "field" || TAKEN[focus].includes(press.key)) return null;
  return SHORTCUTS[press.key] ?? null;
}

function focusOf(target: HTMLElement): Focus {
  if (target.matches("input[type=radio]")) return "choice";
  if (target.matches("input, select, textarea")) return "field";
  return target.matches("button, a, summary") ? "button" : "page";
}

/** Keys of the whole page. */
export function useKeys(handlers: Record<Shortcut, () => void>): void {
  const newest = useRef(handlers);
  newest.current = handlers;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      const shortcut = shortcutOf(event, focusOf(target));
      if (shortcut === null) return;
      if (shortcut === "leave") target.blur();
      newest.current[shortcut]();
      if (shortcut !== "leave") event.preventDefault();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}
