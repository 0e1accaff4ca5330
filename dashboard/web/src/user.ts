/** The name that this browser acts under; a proxy that signs users in overrules it on the server. */

const KEY = "tonewatch.name";

export function userName(): string {
  try {
    return localStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}

export function rememberUserName(name: string): void {
  try {
    localStorage.setItem(KEY, name.trim());
  } catch {
    // Storage may be forbidden; the name then lasts as long as the page.
  }
}
