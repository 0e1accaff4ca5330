/** The texts of the board, in the language of whoever looks at it. No text of the page stands anywhere else. */

import { de } from "./de.ts";
import { en, type Messages } from "./en.ts";
import { languageOf, LOCALES, type Language } from "./language.ts";

const CATALOGUES: Record<Language, Messages> = { en, de };

/** Without a document (in tests) it is English. */
export const LANGUAGE: Language = typeof document === "undefined" ? "en" : languageOf(document.cookie, navigator.languages);

export const LOCALE = LOCALES[LANGUAGE];

export const T: Messages = CATALOGUES[LANGUAGE];

if (typeof document !== "undefined") document.documentElement.lang = LANGUAGE;

/** What a word of the messages is called, in a table of the catalogue; null for a word of a newer release. */
export function named(table: Readonly<Record<string, string>>, word: string): string | null {
  return Object.hasOwn(table, word) ? table[word]! : null;
}
