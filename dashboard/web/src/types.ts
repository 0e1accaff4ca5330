/** The messages of the contract, as far as the board reads them. Times are milliseconds. */

export type AlertState = "pending" | "firing" | "confirmed" | "withdrawn" | "resolved";
export type CallPhase = "live" | "not_analysed" | "ended";
export type Emotion = "angry" | "happy" | "neutral" | "sad";
export const EMOTIONS: readonly Emotion[] = ["angry", "sad", "neutral", "happy"];

export type Posterior = Record<Emotion, number>;

export interface AudioSpan {
  topic: string;
  partition: number;
  first_offset: number;
  last_offset: number;
}

export interface ModelRef {
  name: string;
  version: string;
}

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

export interface Quote {
  segment_id: string;
  start_ms: number;
  text: string;
}

/** What the words of a segment spoke of, without the words. */
export interface Said {
  segment_id: string;
  start_ms: number;
  of: "complaint" | "again" | "leaving" | "escalation" | "swearing" | "distress" | "relief";
  nats: number;
}

export interface FactsTable {
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
  interruptions: number;
  longest_silence_ms: number;
  /** Missing in what was written before there was one. */
  earlier_calls?: number;
  words?: Said[];
}

export interface Evidence {
  segment_id: string;
  start_ms: number;
  end_ms: number;
  audio: AudioSpan;
  tone: number;
  probability: number | null;
}

export interface Thresholds {
  fire: number;
  clear: number;
  hold_ms: number;
  cooldown_ms: number;
  min_segments: number;
  /** What `fire` and `clear` are measured in. */
  unit: "tone" | "probability" | "count" | "ms";
  within_ms: number;
}

export type ActionKind = "acknowledge" | "snooze" | "assign" | "comment" | "resolve" | "reopen";

/** What somebody did with an alert. */
export interface Acted {
  action: ActionKind;
  by: string;
  acted_at_ms: number;
  detail: string;
}

export interface CallStateEvent {
  type: "call_state";
  call_id: string;
  state: CallPhase;
  roles: string[];
  started_at_ms: number;
  queue: string;
  title: string;
  synthetic: boolean;
  duration_ms: number;
}

export interface ToneEvent {
  type: "tone";
  call_id: string;
  start_ms: number;
  end_ms: number;
  tone: number | null;
  spread: number;
  risk: number;
  posterior: Posterior | null;
  abstained: string | null;
  baseline_ready: boolean;
  facts: Fact[];
}

export interface Alert {
  type: "alert";
  call_id: string;
  alert_id: string;
  seq: number;
  rule: string;
  state: AlertState;
  severity: "watch" | "act";
  onset_ms: number;
  fired_ms: number;
  peak_ms: number;
  peak_tone: number;
  resolved_ms: number | null;
  resolved_by: "recovery" | "call_end" | "person" | "";
  sentence: string;
  evidence: Evidence[];
  facts: FactsTable;
  thresholds: Thresholds;
  model: ModelRef | null;
  decided_by: "detector" | "model" | "facts";
  event: string;
  cause: "tone" | "interruptions" | "dead_air";
  queue: string;
  also: string[];
  probability: number | null;
  times_reopened: number;
  acknowledged_by: string;
  assigned_to: string;
  snoozed_until_ms: number | null;
  acted: Acted[];
}

/** What this page asks for; the monitor answers with the alert's next event. */
export interface AlertAction {
  action_id: string;
  call_id: string;
  alert_id: string;
  action: ActionKind;
  by: string;
  snooze_ms?: number;
  assignee?: string;
  note?: string;
}

export interface Claim {
  text: string;
  kind: string;
  verdict: "true" | "false" | "unsupported";
  fact: string;
}

export interface Rationale {
  type: "rationale";
  call_id: string;
  moment_id: string;
  alert_id: string;
  kind: "onset" | "update" | "recovery";
  at_ms: number;
  text: string;
  source: "model" | "facts";
  decision: "confirm" | "change" | "withdraw" | "abstain";
  label: string;
  confidence: number;
  fallback: string;
  claims: Claim[];
  claims_total: number;
  claims_false: number;
  model: ModelRef | null;
  seconds: number;
}

export type BoardEvent = CallStateEvent | ToneEvent | Alert | Rationale;

export interface TonePoint {
  start_ms: number;
  end_ms: number;
  tone: number | null;
  spread: number;
  abstained: string | null;
}

export interface CallView {
  call_id: string;
  state: CallPhase;
  title: string;
  queue: string;
  synthetic: boolean;
  roles: string[];
  started_at_ms: number;
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
}

export type Counters = Record<string, number>;

export type Frame =
  | { kind: "snapshot"; id: string; at_ms: number; calls: CallView[]; counters: Counters }
  | { kind: "event"; id: string; event: BoardEvent }
  | { kind: "events"; id: string; events: BoardEvent[] }
  | { kind: "heartbeat"; at_ms: number; counters: Counters }
  | { kind: "status"; redis: "up" | "down" }
  | { kind: "acted"; action_id: string; error: string };
