/** Every text of the review desk, and values as a person reads them. */

import { percent } from "../words.ts";
import type { KeptAudio, PrecisionRow, Recall, VerdictKind } from "./types.ts";

export const T = {
  title: "Review",
  board: "Live board",
  you: "You",
  notSignedIn: "The session is not known yet, or it has ended: sign in again.",
  theme: "Dark or light (d)",
  queue: "Queue",
  team: "Team",
  agent: "Agent",
  rule: "Rule",
  severity: "Severity",
  from: "From",
  until: "Until",
  unreviewed: "Unreviewed",
  anyReview: "Reviewed or not",
  notByMe: "not yet by me",
  notByAnybody: "not yet by anybody",
  all: { queue: "All queues", team: "All teams", agent: "All agents", rule: "All rules", severity: "Watch and act" },
  search: "Words that were said  /",
  moments: "Moments",
  nothing: "No moment matches this filter.",
  nothingYet: "No alert has reached the archive yet.",
  quiet: "Quiet calls",
  lists: "What is listed",
  noQuiet: "No call of the random sample matches. Calls are drawn where TONEWATCH_ARCHIVE_SAMPLE is above 0, and shown when they are over.",
  given: (count: number) => `${count} given`,
  wholeCall: "The whole call",
  sampled: "of the random sample",
  noAlerts: "Nothing alerted in this call.",
  noCallSound: "No audio of this call was kept.",
  nothingMissed: "Nothing was missed",
  missedName: "missed",
  missedAt: (time: string) => `Missed at ${time}`,
  closed: "Judged long ago: its verdicts are open, and nobody new judges it.",
  judgedSoFar: "Judged so far",
  spectrogram: "Outline or spectrogram (g)",
  spectrogramName: "Spectrogram",
  twoVoices: "The caller above and on the left, the agent below and on the right.",
  hidden: (count: number) => `${count === 1 ? "1 judged moment is" : `${count} judged moments are`} left out, because you may still judge ${count === 1 ? "it" : "them"}.`,
  recall: "What was missed, by the random sample",
  trend: "Precision by week",
  exportParquet: "Verdicts (Parquet)",
  more: "Show more",
  clear: "Clear the filter",
  loading: "Loading…",
  choose: "Choose a moment, or press j.",
  noSound: "No audio of this alert was kept.",
  play: "Play (space)",
  pause: "Pause (space)",
  slower: "Slower ([)",
  faster: "Faster (])",
  back: "Back 5 s (←)",
  forward: "On 5 s (→)",
  position: "Position in the call",
  tone: "Tone of the segments it rests on",
  onset: "onset",
  fired: "fired",
  words: "What the caller said",
  noWords: "No words were kept.",
  quoteOnly: "quoted",
  reasons: "Why",
  history: "History",
  verdict: "Your verdict",
  saved: "Saved.",
  saving: "Saving…",
  notYet: "Written. The archive has not taken it yet.",
  why: "Reason",
  noWhy: "no reason given",
  note: "Note",
  rate: "Rate the text",
  rateHint: "1 is poor, 5 is good",
  missed: "Missed here (m)",
  missedSaved: (time: string) => `Marked as missed at ${time}.`,
  next: "Next unreviewed (n)",
  blind: (given: number) => (given === 1 ? "One other verdict, shown after yours." : `${given} other verdicts, shown after yours.`),
  disputed: "You disagree: a third person should hear it.",
  agreed: "All agree.",
  precision: "How often the rules were right",
  noPrecision: "Nothing was judged yet.",
  export: "Verdicts (CSV)",
  manifest: "Manifest for training (CSV)",
  agreement: "Agreement",
  keys: "Keys",
  close: "Close",
} as const;

export const VERDICTS: readonly (readonly [VerdictKind, string, string])[] = [
  ["right", "1", "Right"],
  ["wrong", "2", "Wrong"],
  ["not_actionable", "3", "Not actionable"],
];

export const VERDICT_NAMES: Record<VerdictKind | "disputed" | "", string> = {
  right: "Right",
  wrong: "Wrong",
  not_actionable: "Not actionable",
  missed: "Missed",
  disputed: "Disputed",
  "": "",
};

/** The same words on a call as a whole. */
export const CALL_VERDICT_NAMES: Record<"right" | "wrong" | "not_actionable" | "missed" | "", string> = {
  right: "Nothing missed",
  wrong: "Wrong",
  not_actionable: "Not actionable",
  missed: "Missed",
  "": "",
};

/** Words of `Verdict.reason`, by the verdict that they explain. */
export const REASONS: Record<string, readonly (readonly [string, string])[]> = {
  right: [
    ["upset", "clearly upset"],
    ["late", "right, but too late"],
    ["other_emotion", "upset in another way than it says"],
  ],
  wrong: [
    ["not_upset", "not upset at all"],
    ["manner", "their usual manner"],
    ["happy", "happy or joking"],
    ["other_voice", "not the caller's voice"],
    ["line", "noise, music or the line"],
    ["words", "words misheard"],
  ],
  not_actionable: [
    ["handled", "the agent had it in hand"],
    ["short", "over at once"],
    ["elsewhere", "not about this call"],
  ],
};

export const RATINGS = [
  ["factual", "Factual", "every statement agrees with the facts"],
  ["interpretative", "Interpretative", "what the cues mean together"],
  ["completeness", "Complete", "what tells is named, nothing idle"],
  ["fluency", "Fluent", "language that one would trust"],
  ["useful", "Useful", "one knows whether to step in"],
] as const;

export const SHEET: readonly (readonly [string, string])[] = [
  ["j, k", "next, previous moment"],
  ["n", "next one that you have not judged"],
  ["space", "play, pause"],
  ["←, →", "back, on by 5 s"],
  ["[, ]", "slower, faster"],
  ["1, 2, 3", "right, wrong, not actionable"],
  ["m", "an alert was missed at this second"],
  ["g", "outline or spectrogram"],
  ["q", "moments or quiet calls"],
  ["/", "search what was said"],
  ["Esc", "leave a field, close this sheet"],
  ["d", "dark or light"],
  ["?", "this sheet"],
];

/** "Mon 30 Nov, 14:03:21 CET"; a dash where the wall clock is not known. */
export function dayAndClock(at_ms: number | null): string {
  if (at_ms === null) return "–";
  const day = new Date(at_ms).toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short" });
  const time = new Date(at_ms).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" });
  return `${day}, ${time}`;
}

/** "2 of 3 right, 67 % (21 to 94 %)"; the interval is of 95 %. */
export function precisionText(row: PrecisionRow): string {
  if (row.precision === null || row.low === null || row.high === null) return T.noPrecision;
  const counted = row.right + row.wrong + row.not_actionable;
  return `${row.right} of ${counted} right, ${percent(row.precision)} (${percent(row.low).replace(" %", "")} to ${percent(row.high)})`;
}

/** "Of 4 quiet calls that were heard whole, something was missed in 1. Recall 50 % (9 to 91 %)."; empty where none was heard. */
export function recallText(recall: Recall): string {
  if (!recall.calls) return "";
  const quiet = `Of ${recall.quiet} quiet ${recall.quiet === 1 ? "call that was" : "calls that were"} heard whole, something was missed in ${recall.quiet_missed}.`;
  if (recall.recall === null || recall.low === null || recall.high === null) return quiet;
  return `${quiet} Over ${recall.calls} calls of the sample ${recall.found} of ${recall.found + recall.missed} were found: ${percent(recall.recall)} (${percent(recall.low).replace(" %", "")} to ${percent(recall.high)}).`;
}

const GONE: Record<string, string> = { expired: "no longer in Kafka", not_the_caller_s_channel: "not the caller's channel" };

/** Why a stretch is silent; empty where it is there. */
export function silenceText(part: KeptAudio): string {
  return part.status === "kept" ? "" : `Not kept: ${GONE[part.reason] ?? part.reason.replaceAll("_", " ")}`;
}
