/** Numbers as the page's language writes them, with a real minus. */

import { LOCALE } from "./messages/index.ts";

const HYPHEN = /-/g;
const MINUS = "\u2212";

const formats = new Map<string, Intl.NumberFormat>();

/** One for each form: making one costs as much as a hundred uses. */
function format(least: number, most: number, signDisplay: "auto" | "exceptZero"): Intl.NumberFormat {
  const key = `${least} ${most} ${signDisplay}`;
  const found = formats.get(key) ?? new Intl.NumberFormat(LOCALE, { minimumFractionDigits: least, maximumFractionDigits: most, signDisplay });
  formats.set(key, found);
  return found;
}

/** With an explicit sign; what rounds to nothing has none. */
export function signed(value: number, digits = 2): string {
  return format(digits, digits, "exceptZero").format(value).replace(HYPHEN, MINUS);
}

export function plain(value: number, digits = 2): string {
  return format(digits, digits, "auto").format(value).replace(HYPHEN, MINUS);
}

/** 0.42 -> "42 %". */
export function percent(share: number): string {
  return `${plain(share * 100, 0)} %`;
}

/** 6_000 -> "6", 1_500 -> "1.5". */
export function seconds(ms: number): string {
  return format(0, 1, "auto").format(ms / 1000);
}
