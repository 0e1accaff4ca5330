/** Which language the page speaks: the one that was chosen, else the first of the browser's that there is. */

export const LANGUAGES = { en: "English", de: "Deutsch" } as const;

export type Language = keyof typeof LANGUAGES;

/** How numbers and times are written. */
export const LOCALES: Record<Language, string> = { en: "en-GB", de: "de-DE" };

/** The sign-in page, which the server writes, reads the same cookie (`dashboard/signin/language.py`). */
export const COOKIE = "tonewatch-language";

const YEAR_S = 31_536_000;

const isLanguage = (text: string): text is Language => Object.hasOwn(LANGUAGES, text);

/** `cookies` as the document has them, `wanted` as the browser does: "de-AT" wants German. */
export function languageOf(cookies: string, wanted: readonly string[]): Language {
  const chosen = cookies.split("; ").find((one) => one.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1);
  return [chosen ?? "", ...wanted.map((one) => one.slice(0, 2).toLowerCase())].find(isLanguage) ?? "en";
}

/** The page begins anew in that language; its address and what was typed stay. */
export function choose(language: Language): void {
  document.cookie = `${COOKIE}=${language}; Path=/; SameSite=Lax; Max-Age=${YEAR_S}`;
  location.reload();
}
