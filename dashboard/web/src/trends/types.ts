// Generated from the messages by `python -P -m tonewatch.dashboard.typescript`: change those, then run it again.
// Times are milliseconds: `*_ms` is media time, from the start of the call's audio; `*_at_ms` is wall clock time.

/**
 * What began within an hour, or of a queue or a team in all hours; what a row is not of stays 0 or ''.
 *
 * `acknowledge_s`: median from firing to the first acknowledgement, of those that were acknowledged. `right` of
 * `judged` alerts were right, as in the precision of the review desk; `low` and `high` are Wilson's interval of 95 %.
 */
export interface TrendRow {
  hour_at_ms: number;
  queue: string;
  team: string;
  calls: number;
  alerts: number;
  acknowledged: number;
  acknowledge_s: number | null;
  right: number;
  judged: number;
  low: number | null;
  high: number | null;
}

/** Every hour from `from_ms` on, empty ones too; then the queues and the teams, those with most alerts first. */
export interface Trends {
  from_ms: number;
  until_ms: number;
  hours: TrendRow[];
  queues: TrendRow[];
  teams: TrendRow[];
}
