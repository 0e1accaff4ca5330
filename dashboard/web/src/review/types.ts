// Generated from the messages by `python -P -m tonewatch.dashboard.typescript`: change those, then run it again.
// Times are milliseconds: `*_ms` is media time, from the start of the call's audio; `*_at_ms` is wall clock time.

/**
 * What somebody did with an alert: for the audit. `detail`: to whom, for how long, or the comment.
 *
 * `action_id` is that of the action, by which its sender knows that it was done; '' in records of before.
 */
export interface Acted {
  action: ActionKind;
  by: string;
  acted_at_ms: number;
  detail: string;
  action_id: string;
}

export type ActionKind = "acknowledge" | "snooze" | "assign" | "comment" | "resolve" | "reopen";

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

/**
 * One event in the life of an alert. `seq` counts the events of one alert from 0; ids are stable over replays.
 *
 * `state` is what its condition does, `event` what this record tells. What users did with it stands beside the
 * state and does not change it, except that they may resolve and reopen by hand: `acknowledged_by`, `assigned_to`,
 * `snoozed_until_ms` (media time) and `acted`, oldest first. `also` names rules that hold for the same cause.
 */
export interface Alert {
  type: "alert";
  v: number;
  call_id: string;
  alert_id: string;
  seq: number;
  rule: string;
  state: AlertState;
  severity: "act" | "watch";
  onset_ms: number;
  fired_ms: number;
  peak_ms: number;
  peak_tone: number;
  resolved_ms: number | null;
  resolved_by: "" | "call_end" | "person" | "recovery";
  sentence: string;
  evidence: Evidence[];
  facts: FactsTable;
  thresholds: Thresholds;
  model: ModelRef | null;
  decided_by: "detector" | "facts" | "model";
  spoken_at_ms: number;
  emitted_at_ms: number;
  event: AlertEvent | "";
  cause: Cause;
  queue: string;
  also: string[];
  probability: number | null;
  times_reopened: number;
  acknowledged_by: string;
  assigned_to: string;
  snoozed_until_ms: number | null;
  acted: Acted[];
  made_by: Provenance | null;
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

/**
 * What a record of an alert tells. `suppressed`: another rule would have fired for the same cause, and stands in
 * `also`. `changed`: confirmed, and another rule's from now on. `woke`: the time of a snooze is over.
 */
export type AlertEvent =
  | "pending"
  | "fired"
  | "deepened"
  | "confirmed"
  | "changed"
  | "withdrawn"
  | "suppressed"
  | "acknowledged"
  | "snoozed"
  | "woke"
  | "assigned"
  | "commented"
  | "resolved"
  | "reopened";

/** What the alert's condition does. `pending`: there is evidence, not enough of it yet. */
export type AlertState = "pending" | "firing" | "confirmed" | "withdrawn" | "resolved";

/** Where the audio of a segment lies in Kafka. */
export interface AudioSpan {
  topic: string;
  partition: number;
  first_offset: number;
  last_offset: number;
  shift_ms: number;
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

/** What an alert is about; a call has one open alert of each at most. */
export type Cause = "tone" | "interruptions" | "dead_air" | "words";

/** What the archive holds to filter by. */
export interface Choices {
  queues: string[];
  teams: string[];
  agents: Agent[];
  rules: string[];
}

/** One statement found in a reason, and what the facts say to it. */
export interface Claim {
  text: string;
  kind: string;
  verdict: "false" | "true" | "unsupported";
  fact: string;
}

/**
 * What an answer does to its alert. `change`: the tone did degrade, in another way than the encoder heard (`label`).
 */
export type Decision = "confirm" | "change" | "withdraw" | "abstain";

/** One segment that the alert rests on. `probability` of a degraded tone as of this segment. */
export interface Evidence {
  segment_id: string;
  start_ms: number;
  end_ms: number;
  audio: AudioSpan;
  tone: number;
  probability: number | null;
}

/**
 * One measurement beside the caller's own baseline.
 *
 * `delta` is value - baseline in `unit`; `z` is delta over the baseline's robust spread; `salient` says that the
 * difference is large enough to be worth a sentence.
 */
export interface Fact {
  name: string;
  value: number;
  baseline: number;
  unit: string;
  delta: number;
  z: number;
  salient: boolean;
  confidence: number;
}

/**
 * What was measured around a moment. `at_ms` is the moment; values are taken over the window.
 *
 * `interruptions` by either party, and the longest silence of both, lie within it too; `interruptions_by_caller` and
 * `interruptions_by_agent` tell who broke in (both 0 beside `interruptions`: not known, as before they were written).
 * `earlier_calls` of the same caller still stand in the baseline, for what was not heard of this one yet. `words` are
 * those that counted as evidence; `repeated` is what the caller said twice, '' for nothing.
 *
 * Two things to compare with, never to be mixed: the caller's usual (`tone_before`, the `baseline` of `facts`,
 * `posterior_baseline`), and the moment before this one, `since_ms` (`tone_since`, the `baseline` of `changed`, which
 * are the measurements that differ from then, `posterior_since`). The latter are null and empty at the first moment.
 * `language`: of the words, as in `de` or `de-AT`; '' counts as English.
 * `onset_ms`: of an alert's first moment, when the alert is dated; null elsewhere.
 * `one_word_answers` of the caller to the agent; `falls_silent_ms`: the longest that the caller said nothing
 * behind the agent's words; `laughs`: the caller's laughter, which the listener told from words. All within the
 * window.
 * `overload_share`: of the window's samples, those at full scale: the caller is so loud that the line overloads.
 */
export interface FactsTable {
  v: number;
  at_ms: number;
  window_start_ms: number;
  window_end_ms: number;
  baseline_segments: number;
  tone: number;
  tone_before: number;
  facts: Fact[];
  posterior: Posterior | null;
  posterior_baseline: Posterior | null;
  talk_over_ms: number;
  agent_talk_share: number | null;
  quotes: Quote[];
  last_rationale: string;
  interruptions: number;
  longest_silence_ms: number;
  earlier_calls: number;
  words: Said[];
  since_ms: number | null;
  tone_since: number | null;
  changed: Fact[];
  overload_share: number;
  interruptions_by_caller: number;
  interruptions_by_agent: number;
  repeated: string;
  posterior_since: Posterior | null;
  language: string;
  onset_ms: number | null;
  one_word_answers: number;
  falls_silent_ms: number;
  laughs: number;
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
 * Which weights said it: a name, and the first twelve hex digits of the file's SHA-256.
 *
 * `provider`: what they ran on, `cpu`, `cuda` or `cpu-beside-gpu` (the machine has a GPU and they did not use it);
 * empty where nobody knows: a remote server, or a record of an earlier release.
 */
export interface ModelRef {
  name: string;
  version: string;
  provider: string;
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

export type MomentKind = "onset" | "update" | "recovery";

/** Newest first; `next` is the cursor of the rows that follow, '' after the last. */
export interface MomentPage {
  moments: Moment[];
  next: string;
}

/** Calibrated probabilities of the encoder; they add up to 1. */
export interface Posterior {
  angry: number;
  happy: number;
  neutral: number;
  sad: number;
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
 * What made a record: twelve hex digits of a SHA-256 each; '' where it is not known.
 *
 * `release` is the package's version, `code` is taken over the sources of `stream` themselves. `rules` over the rules
 * in force, `settings` over all other numbers of the judging core. `head` is the file that judges against the
 * caller's baseline; `manners` are the files that judge sentences, by language.
 */
export interface Provenance {
  release: string;
  code: string;
  rules: string;
  settings: string;
  head: string;
  manners: string;
}

/** What the caller said, with the segment it was said in. `confidence` of the transcript, 0..1. */
export interface Quote {
  segment_id: string;
  start_ms: number;
  text: string;
  confidence: number;
}

/**
 * Why. `text` is fit to be shown: every claim in it agrees with the facts of the moment.
 *
 * `source` is who wrote `text`; `fallback` says why the model did not decide. A model's decision may be said in the
 * words of the argument that is made from the facts, where both agree: `source` is `facts` then, `fallback` empty.
 * `claims` are those of the model's text. `closing`: the call is over, and `text` is the one line that sums it up.
 */
export interface Rationale {
  type: "rationale";
  v: number;
  call_id: string;
  moment_id: string;
  alert_id: string;
  kind: MomentKind;
  at_ms: number;
  text: string;
  source: "facts" | "model";
  decision: Decision;
  label: string;
  confidence: number;
  fallback: "" | "contradicts" | "empty" | "late" | "malformed" | "missing" | "shed";
  claims: Claim[];
  claims_total: number;
  claims_false: number;
  model: ModelRef | null;
  seconds: number;
  emitted_at_ms: number;
  closing: boolean;
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

/** What the words of a segment spoke of, without the words. `nats` of evidence for a degraded tone. */
export interface Said {
  segment_id: string;
  start_ms: number;
  of: SpokenOf;
  nats: number;
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

/** What words may speak of. `again`: that this is not the first time; `escalation`: of a superior, or of a lawyer. */
export type SpokenOf = "complaint" | "again" | "leaving" | "escalation" | "swearing" | "distress" | "relief";

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

/**
 * What the rule was set to when it decided. `fire` and `clear` are in `unit`.
 *
 * tone    rolling tone, fires below and clears above
 * probability  of a degraded tone, fires above and clears below
 * count   interruptions within `within_ms`
 * ms      of silence
 */
export interface Thresholds {
  fire: number;
  clear: number;
  hold_ms: number;
  cooldown_ms: number;
  min_segments: number;
  unit: "count" | "ms" | "probability" | "tone";
  within_ms: number;
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
