import { useEffect } from "preact/hooks";

interface Actions {
  close: () => void;
  toggleTheme: () => void;
}

/** j and k walk the rows (Enter opens the one with the focus), / searches, t changes the theme, Esc closes. */
export function useKeys({ close, toggleTheme }: Actions): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target as HTMLElement;
      if (event.key === "Escape") {
        if (isTyping(target)) target.blur();
        else close();
      } else if (!isTyping(target)) {
        if (event.key === "j") walk(1);
        else if (event.key === "k") walk(-1);
        else if (event.key === "t") toggleTheme();
        else if (event.key === "/") document.getElementById("search")?.focus();
        else return;
        event.preventDefault();
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [close, toggleTheme]);
}

function isTyping(target: HTMLElement): boolean {
  return target.matches("input, select, textarea");
}

function walk(step: 1 | -1): void {
  const titles = [...document.querySelectorAll<HTMLElement>(".row .title")];
  const current = titles.indexOf(document.activeElement as HTMLElement);
  const next = current < 0 ? (step > 0 ? 0 : titles.length - 1) : current + step;
  const title = titles[Math.max(0, Math.min(titles.length - 1, next))];
  title?.focus();
  title?.closest(".row")?.scrollIntoView({ block: "nearest" });
}
