// Generated from the messages by `python -P -m tonewatch.dashboard.typescript`: change those, then run it again.
// Times are milliseconds: `*_ms` is media time, from the start of the call's audio; `*_at_ms` is wall clock time.

/** One reason of a call's running account; `closing`: the line that sums the call up. */
export interface AccountLine {
  moment_id: string;
  at_ms: number;
  text: string;
  source: string;
  closing: boolean;
}

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

/** Answers an action. With an empty `error` Kafka has it, and the alert's next event tells what came of it. */
export interface ActedFrame {
  kind: "acted";
  action_id: string;
  error: string;
}

export type ActionKind = "acknowledge" | "snooze" | "assign" | "comment" | "resolve" | "reopen";

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

/**
 * Somebody does something with an alert. `action_id` is of the sender's choice: a second one changes nothing.
 *
 * `snooze_ms` is how long a snooze lasts (0 ends one), `assignee` whom an alert is given to ('' takes it from whoever
 * has it), `note` a comment. `seen_assigned_to` is who had the alert as its sender saw it ('' for nobody): where
 * somebody else has it by now, nothing is done. Null gives it away whoever has it, as senders of before did.
 */
export interface AlertAction {
  type: "alert_action";
  v?: number;
  call_id: string;
  action_id: string;
  alert_id: string;
  action: ActionKind;
  by: string;
  acted_at_ms?: number;
  snooze_ms?: number;
  assignee?: string;
  note?: string;
  seen_assigned_to?: string | null;
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

export type BoardEvent = Alert | CallState | Rationale | Tone;

/**
 * The attributes that travel with a call; each is empty where it is not known.
 *
 * roles          who speaks on each channel, in the order of the channels
 * started_at_ms  wall clock of the call's beginning; 0 where it is not known
 * language       BCP 47, as in `pl-PL`
 * synthetic      made for a demonstration: nobody called
 * team           of the agent; who sees a call on the board may depend on it, as on its queue
 * agent_id       as the telephony system calls the agent, `agent_name` as people do; nothing is judged by them
 * caller_shown   the caller, as the integrator lets it be shown: masked (`+48 *** 112`), never needed for anything
 * listen_url     where a supervisor listens in, in the telephony system
 * extra          what else the integrator knows, by names of its own
 */
export interface CallAttributes {
  roles: Role[];
  started_at_ms: number;
  queue: string;
  title: string;
  language: string;
  synthetic: boolean;
  team: string;
  agent_id: string;
  agent_name: string;
  caller_shown: string;
  listen_url: string;
  extra: Record<string, string>;
}

/**
 * A call appears, ends, is only counted because the caller was not told, or one of its lines changed.
 *
 * `lines`: every channel whose line is known, with what it does; a channel that is not named is live.
 * `segments_repeated`: records of segments that were counted before and changed nothing. `run` counts how often the
 * call's media time began again, because its id was used again and nobody knew of the run before. `withdrawn`: the
 * notice was, what was shown of the call is to be taken away, and nothing of it is shown any more.
 */
export interface CallState {
  type: "call_state";
  v: number;
  call_id: string;
  call: CallAttributes;
  state: "ended" | "live" | "not_analysed";
  duration_ms: number;
  reason: string;
  words_shed: number;
  lines: LineState[];
  segments_repeated: number;
  run: number;
  withdrawn: boolean;
}

/**
 * Everything the board knows of one call. `alerts` and `rationales` are keyed by alert id, newest state only.
 *
 * `account` are its reasons by time, each once.
 *
 * `lines` are what the channels do; one that is not named is live. While the caller is not heard there is no tone, no
 * reason for one that is missing, and no risk but that of an open alert; the points stay.
 */
export interface CallView {
  call_id: string;
  state: string;
  call: CallAttributes;
  duration_ms: number;
  tone: number | null;
  spread: number;
  risk: number;
  abstained: string | null;
  baseline_ready: boolean;
  posterior: Posterior | null;
  facts: Fact[];
  points: TonePoint[];
  alerts: Record<string, Alert>;
  rationales: Record<string, Rationale>;
  latest: Rationale | null;
  account: AccountLine[];
  model: ModelRef | null;
  lines: LineState[];
  run: number;
  withdrawn: boolean;
}

/** What an alert is about; a call has one open alert of each at most. */
export type Cause = "tone" | "interruptions" | "dead_air" | "words";

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

/** One event. */
export interface EventFrame {
  kind: "event";
  id: string;
  event: BoardEvent;
}

/** Several events, oldest first; none right after a resume that missed nothing. */
export interface EventsFrame {
  kind: "events";
  id: string;
  events: BoardEvent[];
}

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

export type Frame = ActedFrame | EventFrame | EventsFrame | HeartbeatFrame | LoadFrame | SnapshotFrame | StatusFrame;

/**
 * The counters when they change, and at least every two seconds. For their names see `stream/board/view.py`.
 *
 * Without counters for who is confined to some queues or teams.
 */
export interface HeartbeatFrame {
  kind: "heartbeat";
  at_ms: number;
  counters: Record<string, number>;
}

export type LineCondition = "live" | "on_hold" | "no_audio" | "refused";

/**
 * The line of one channel. A channel that is not named is live.
 *
 * `state`: `live`, its audio is heard; `on_hold`, nothing is received of any channel though the call goes on;
 * `no_audio`, nothing is received of this one while another goes on; `refused`, what is received cannot be used, and
 * `reason` says why (`REFUSALS`). `since_ms` is the media time up to which it had been heard before, or at
 * which it was heard again.
 */
export interface LineState {
  channel: number;
  role: Role;
  state: LineCondition;
  since_ms: number;
  reason: string;
}

/**
 * The load of alerts as of now: first of all, and when it changes. Of the queues and teams that one sees.
 *
 * `held` are ids of open alerts that are held back, because their queue is over its budget (`alert_load.py`).
 */
export interface LoadFrame {
  kind: "load";
  queues: QueueLoad[];
  held: string[];
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

export type MomentKind = "onset" | "update" | "recovery";

/** Calibrated probabilities of the encoder; they add up to 1. */
export interface Posterior {
  angry: number;
  happy: number;
  neutral: number;
  sad: number;
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

/**
 * Of one queue: what fired within the last hour, what of it supervisors were asked to look at, and what waits.
 *
 * `per_supervisor` is what was shown, by supervisor and hour. `budget` is of the whole queue, 0 where it has none.
 */
export interface QueueLoad {
  queue: string;
  alerts: number;
  shown: number;
  held: number;
  supervisors: number;
  per_supervisor: number;
  budget: number;
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

/** Who speaks on a channel. `mixed`: a mono recording, both parties in one channel. */
export type Role = "customer" | "agent" | "mixed";

/** What the words of a segment spoke of, without the words. `nats` of evidence for a degraded tone. */
export interface Said {
  segment_id: string;
  start_ms: number;
  of: SpokenOf;
  nats: number;
}

/**
 * Replaces everything that the client knows. `left_out` is how many ended calls there are beside `calls`.
 *
 * Of a person who is confined to some queues or teams `calls` are those of them, `counters` are empty and `left_out`
 * is -1: what is counted over all calls tells of those of others.
 */
export interface SnapshotFrame {
  kind: "snapshot";
  id: string;
  at_ms: number;
  calls: CallView[];
  counters: Record<string, number>;
  left_out: number;
}

/** What words may speak of. `again`: that this is not the first time; `escalation`: of a superior, or of a lawyer. */
export type SpokenOf = "complaint" | "again" | "leaving" | "escalation" | "swearing" | "distress" | "relief";

/** Whether Redis can be reached. The sockets stay open either way. */
export interface StatusFrame {
  kind: "status";
  redis: "down" | "up";
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

/**
 * The caller's rolling tone after a segment, in [-1, 1]; `spread` is one standard deviation of it.
 *
 * `tone` is null while the monitor abstains, and `abstained` says why. `risk` in 0..1 orders the board. `voice` counts
 * the voices at the caller's telephone: where it rises, another person has taken it, with a baseline of their own.
 */
export interface Tone {
  type: "tone";
  v: number;
  call_id: string;
  segment_id: string;
  role: Role;
  start_ms: number;
  end_ms: number;
  tone: number | null;
  spread: number;
  risk: number;
  posterior: Posterior | null;
  abstained: string | null;
  baseline_ready: boolean;
  facts: Fact[];
  spoken_at_ms: number;
  emitted_at_ms: number;
  model: ModelRef | null;
  voice: number;
}

/** One point of the tone line; `tone` is null where the monitor abstained. */
export interface TonePoint {
  start_ms: number;
  end_ms: number;
  tone: number | null;
  spread: number;
  abstained: string | null;
}
