/** The light or dark look that was chosen last; `public/theme.js` sets it again before the first paint. */

const KEY = "tonewatch.theme";

export type Theme = "dark" | "light";

/** The other theme than the one that is seen now: the chosen one, else the system's. */
export function otherTheme(chosen: string | undefined, systemIsDark: boolean): Theme {
  return (chosen ?? (systemIsDark ? "dark" : "light")) === "dark" ? "light" : "dark";
}

export function toggleTheme(): void {
  const root = document.documentElement;
  const systemIsDark = matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = otherTheme(root.dataset.theme, systemIsDark);
  try {
    localStorage.setItem(KEY, root.dataset.theme);
  } catch {
    // Storage may be forbidden; the theme then lasts as long as the page.
  }
}
