/** Values of the review desk as a person reads them, in the page's language. */

import { LOCALE, named, T as MESSAGES } from "../messages/index.ts";
import { percent } from "../words.ts";
import type { KeptAudio, PrecisionRow, Recall, TextRatings, VerdictKind } from "./types.ts";

export const T = MESSAGES.desk;

/** Verdicts on an alert, with their keys. */
export const VERDICTS: readonly (readonly [Exclude<VerdictKind, "missed">, string])[] = [
  ["right", "1"],
  ["wrong", "2"],
  ["not_actionable", "3"],
];

type Because = keyof typeof T.because;

/** Words of `Verdict.reason`, by the verdict that they explain. */
export const REASONS: Record<string, readonly Because[]> = {
  right: ["upset", "late", "other_emotion"],
  wrong: ["not_upset", "manner", "happy", "other_voice", "line", "words"],
  not_actionable: ["handled", "short", "elsewhere"],
};

export const RATINGS: readonly (keyof TextRatings)[] = ["factual", "interpretative", "completeness", "fluency", "useful"];

/** "Mon 30 Nov, 14:03:21 CET"; a dash where the wall clock is not known. */
export function dayAndClock(at_ms: number | null): string {
  if (at_ms === null) return "–";
  const day = new Date(at_ms).toLocaleDateString(LOCALE, { weekday: "short", day: "numeric", month: "short" });
  const time = new Date(at_ms).toLocaleTimeString(LOCALE, { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" });
  return `${day}, ${time}`;
}

/** "2 of 3 right, 67 % (21 to 94 %)"; the interval is of 95 %. */
export function precisionText(row: PrecisionRow): string {
  if (row.precision === null || row.low === null || row.high === null) return T.noPrecision;
  return T.precisionText(row.right, row.right + row.wrong + row.not_actionable, percent(row.precision), bare(row.low), percent(row.high));
}

/** "Of 4 quiet calls that were heard whole, something was missed in 1. Recall 50 % (9 to 91 %)."; empty where none was heard. */
export function recallText(recall: Recall): string {
  if (!recall.calls) return "";
  const quiet = T.recallQuiet(recall.quiet, recall.quiet_missed);
  if (recall.recall === null || recall.low === null || recall.high === null) return quiet;
  return `${quiet} ${T.recallFound(recall.calls, recall.found, recall.found + recall.missed, percent(recall.recall), bare(recall.low), percent(recall.high))}`;
}

const bare = (share: number) => percent(share).replace(" %", "");

/** Why a stretch is silent; empty where it is there. */
export function silenceText(part: KeptAudio): string {
  return part.status === "kept" ? "" : T.notKept(named(T.gone, part.reason) ?? part.reason.replaceAll("_", " "));
}

/** An event of an alert; one of a newer release reads as its own words. */
export function eventText(event: string, by: string): string {
  const what = named(T.events, event) ?? event.replaceAll("_", " ");
  return by ? T.by(what, by) : what;
}
