// Generated from the messages by `python -P -m tonewatch.dashboard.typescript`: change those, then run it again.
// Times are milliseconds: `*_ms` is media time, from the start of the call's audio; `*_at_ms` is wall clock time.

import type {
  Alert,
  Rationale,
} from "../types.ts";

export type {
  Alert,
  Rationale,
};

/** `name` is '' where only the id is known. */
export interface Agent {
  id: string;
  name: string;
}

/** Of two people, over the alerts that both judged blind; `kappa` is null where chance alone would agree on all. */
export interface Agreement {
  first: string;
  second: string;
  both: number;
  agreed: number;
  kappa: number | null;
}

/** All that the archive knows of one alert. `sound` is null where no audio of it was kept. */
export interface AlertDetail {
  moment: Moment;
  alert: Alert;
  states: StateView[];
  reasons: Rationale[];
  tone: TonePoint[];
  spoken: Spoken[];
  sound: Sound | null;
  review: ReviewState;
}

/** A call with all that was kept of it. */
export interface CallDetail {
  call: CallRow;
  moments: Moment[];
  tone: CallTone[];
  spoken: Spoken[];
  sound: Sound | null;
  review: CallReview;
}

/** Newest first; `next` is the cursor of the rows that follow, '' after the last. */
export interface CallPage {
  calls: CallRow[];
  next: string;
}

/** Blind, as `ReviewState`: marks of missed moments, and verdicts that nothing was missed (`right`). */
export interface CallReview {
  given: number;
  mine: Verdict[];
  others: Verdict[];
  together: VerdictKind | "" | "disputed";
  closed: boolean;
}

/**
 * A call in a list. `given`: how many people judged it whole; `mine`: what the asking person said of it, `missed`
 * or `right` (nothing was missed), '' for nothing. `alerts` that fired; `found` as in `Moment`.
 */
export interface CallRow {
  call_id: string;
  title: string;
  queue: string;
  team: string;
  agent_id: string;
  agent_name: string;
  started_at_ms: number | null;
  duration_ms: number | null;
  sampled: boolean;
  alerts: number;
  given: number;
  mine: VerdictKind | "";
  found: string;
}

/**
 * The rolling tone after a segment, -1 (degraded) to 1; null where `abstained` says why. `spread` is one standard
 * deviation of it.
 */
export interface CallTone {
  segment_id: string;
  start_ms: number;
  end_ms: number;
  tone: number | null;
  spread: number;
  abstained: string;
}

/** What the archive holds to filter by. */
export interface Choices {
  queues: string[];
  teams: string[];
  agents: Agent[];
  rules: string[];
}

/** A stretch of the call in the sound; `status`, `reason` and `role` as in the archive's table. */
export interface KeptAudio {
  start_ms: number;
  end_ms: number;
  status: "kept" | "missing" | "withheld";
  reason: string;
  role: string;
}

/**
 * An alert in a list. Times of the wall clock are null where nothing tells them.
 *
 * `given` is how many people judged it; `mine` what the asking person said, '' for nothing. `found` is the first text
 * of its call that holds the words asked for.
 */
export interface Moment {
  alert_id: string;
  call_id: string;
  title: string;
  queue: string;
  team: string;
  agent_id: string;
  agent_name: string;
  rule: string;
  severity: string;
  cause: string;
  state: string;
  sentence: string;
  onset_ms: number;
  fired_ms: number;
  onset_at_ms: number | null;
  fired_at_ms: number | null;
  acknowledged_at_ms: number | null;
  resolved_at_ms: number | null;
  acknowledged_by: string;
  given: number;
  mine: VerdictKind | "";
  found: string;
}

/** Newest first; `next` is the cursor of the rows that follow, '' after the last. */
export interface MomentPage {
  moments: Moment[];
  next: string;
}

/**
 * `total` is over all rows; `missed` how many moments people marked for which there was no alert.
 *
 * `hidden`: judged moments that count in none of this, because who asks may still judge them.
 */
export interface PrecisionReport {
  total: PrecisionRow;
  rows: PrecisionRow[];
  agreement: Agreement[];
  missed: number;
  recall: Recall;
  hidden: number;
}

/**
 * Of the judged alerts of one rule, queue and week (ISO 8601, UTC): the share that was right, with its interval.
 *
 * The interval is of 95 %. Alerts that people dispute count nowhere else; `precision` and its interval are null where
 * no alert counts.
 */
export interface PrecisionRow {
  rule: string;
  queue: string;
  week: string;
  right: number;
  wrong: number;
  not_actionable: number;
  disputed: number;
  precision: number | null;
  low: number | null;
  high: number | null;
}

/** Is there a review desk, for who asks? */
export interface Present {
  desk: boolean;
}

/**
 * Of the sampled calls that somebody heard and judged whole, in which nothing was chosen by what had alerted.
 *
 * `found`: right alerts in them; `missed`: moments without an alert that was due, marks of several people within 15 s
 * being one. `quiet` of the calls had no alert, in `quiet_missed` of those something was missed. `recall` is found of
 * found and missed, with its interval of 95 %; null where nothing was due.
 */
export interface Recall {
  calls: number;
  quiet: number;
  quiet_missed: number;
  found: number;
  missed: number;
  recall: number | null;
  low: number | null;
  high: number | null;
}

/**
 * Blind: what others said is shown only to who has judged; before that, only how many have (`given`).
 *
 * `closed`: the first verdict is so old that nobody new judges it; everybody sees what was said.
 */
export interface ReviewState {
  given: number;
  mine: Verdict | null;
  others: Verdict[];
  together: VerdictKind | "" | "disputed";
  closed: boolean;
}

/**
 * The file at `/api/alerts/{id}/audio`: media time of its first and last sample, and what lies in it.
 *
 * Where the agent's voice was kept it has two channels, the caller's first.
 */
export interface Sound {
  start_ms: number;
  end_ms: number;
  parts: KeptAudio[];
}

/** What the caller said. `end_ms` is null where only a quotation was kept. */
export interface Spoken {
  segment_id: string;
  start_ms: number;
  end_ms: number | null;
  text: string;
  confidence: number;
  source: "quote" | "words";
}

/** One event in the alert's life; `by` is the person who did it, '' for the system. */
export interface StateView {
  seq: number;
  event: string;
  state: string;
  decided_by: string;
  by: string;
  at_ms: number;
  sentence: string;
}

/**
 * How good the reason's text is, 1 (poor) to 5; null where the rater did not say.
 *
 * factual         every statement agrees with the facts and with what was said
 * interpretative  what the cues mean together, and why this emotion
 * completeness    the telling cues are named, and nothing idle
 * fluency         coherent language that one would trust
 * useful          after three seconds one knows what happened and whether to step in
 */
export interface TextRatings {
  factual: number | null;
  interpretative: number | null;
  completeness: number | null;
  fluency: number | null;
  useful: number | null;
}

/** A segment that the alert rests on, -1 (degraded) to 1. */
export interface TonePoint {
  segment_id: string;
  start_ms: number;
  end_ms: number;
  tone: number;
}

/**
 * Somebody heard a moment and judged it. Of one person's verdicts on one moment the newest counts; how far people
 * agree is told by the newest of those that are not `sighted`.
 *
 * `alert_id` is the alert that it is about; a missed one has '' there, and is known by `call_id` and `at_ms`, the
 * second of the call. `reason` is a word for why (`dashboard/web/src/review/words.ts` has those of the page), `note`
 * free text. `ratings` are of the text that was shown for `moment_id`. `sighted`: others' verdicts on it had been
 * shown to who gave this one.
 */
export interface Verdict {
  type: "verdict";
  v: number;
  call_id: string;
  verdict_id: string;
  verdict: VerdictKind;
  by: string;
  alert_id: string;
  at_ms: number;
  reason: string;
  note: string;
  judged_at_ms: number;
  moment_id: string;
  ratings: TextRatings | null;
  sighted: boolean;
}

/**
 * `right`: the tone was as the alert says, and worth a supervisor's attention. `not_actionable`: it was, and nobody
 * had to do anything. `missed`: an alert was due here, and there was none.
 */
export type VerdictKind = "right" | "wrong" | "not_actionable" | "missed";

/**
 * A verdict on an alert; or, without `alert_id`, on a call: `missed` at a second of it (`at_ms`), or `right` where
 * somebody heard it and nothing was missed.
 *
 * `verdict_id` is of the sender's choice: a second one of that id changes nothing. It is the verdict of who is signed
 * in. `moment_id` names the reason whose text `ratings` are of.
 */
export interface VerdictRequest {
  verdict_id: string;
  verdict: VerdictKind;
  alert_id?: string;
  call_id?: string;
  at_ms?: number;
  reason?: string;
  note?: string;
  moment_id?: string;
  ratings?: TextRatings | null;
}
