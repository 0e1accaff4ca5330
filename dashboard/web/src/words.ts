/** Values and fixed words of the messages, as a person reads them. */

import type { Acted, ActionKind, Alert, AlertState, CallView, Cause, Fact, FactsTable, HeartbeatFrame, LineState, Rationale, Role, Said, Thresholds, TonePoint } from "./types.ts";

export type Counters = HeartbeatFrame["counters"];

const MINUS = "\u2212";

/** 83000 -> "1:23"; an hour or more as "1:02:03". */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** A time of day in the viewer's zone, with the zone's name: "14:03:21 CET". */
export function wallClock(at_ms: number): string {
  return new Date(at_ms).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" });
}

/** With an explicit sign and a real minus; what rounds to nothing has no sign. */
export function signed(value: number, digits = 2): string {
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return (value < 0 ? MINUS : "+") + text;
}

export function plain(value: number, digits = 2): string {
  return value.toFixed(digits).replace("-", MINUS);
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

const UNITS: Record<string, string> = { syl_per_s: "syl/s", "syl/s": "syl/s", per_s: "/s", share: "" };

/** A measurement; shares read as percent. */
export function measured(fact: Fact, value: number): string {
  return fact.unit === "share" ? percent(value).replace("-", MINUS) : plain(value);
}

/** A difference with its sign and unit. */
export function difference(fact: Fact): string {
  if (fact.unit !== "share") return signed(fact.delta);
  return `${signed(fact.delta * 100, 0)} %`;
}

export function unitName(fact: Fact): string {
  return UNITS[fact.unit] ?? fact.unit;
}

export function factName(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * Every reason for which a segment is not judged, whoever gives it: the listener (`workers/`) or the monitor (`stream/`).
 * `tests/dashboard/test_abstention_words.py` holds the list complete.
 */
export const ABSTENTIONS: Readonly<Record<string, string>> = {
  learning_baseline: "Learning this caller's usual tone",
  no_model: "No speech model, not judged",
  too_short: "Too little speech to judge",
  missing_audio: "Audio is missing, not judged",
  clipped: "The audio is clipped, not judged",
  talk_over: "Two people at once, not judged",
  echo: "An echo of the other party, not judged",
  noisy: "Too noisy to judge",
  no_voice: "No clear voice, not judged",
  tonal: "A signal tone, not judged",
  analysis_failed: "The analysis failed, not judged",
  unsure: "Too strange to the encoder, not judged",
  too_quiet: "Far too quiet to be the caller, not judged",
  music: "Music, not judged",
  not_speech: "No words, not judged",
  laughter: "Laughter, not judged",
  unknown_voice: "Not the caller's voice, not judged",
  mixed_channel: "Both parties in one channel, not judged",
};

/** A reason of a newer release, which has no text here, reads as its own words. */
export function abstention(reason: string): string {
  return ABSTENTIONS[reason] ?? `Not judged: ${reason.replaceAll("_", " ")}`;
}

/** Why the audio of a line is refused. `tests/dashboard/test_abstention_words.py` holds the list complete. */
export const REFUSALS: Readonly<Record<string, string>> = {
  format_changed: "its codec or sample rate differs",
  late: "it comes too late, or a second time",
  overlap: "it overlaps what was received",
  sequence: "its numbers do not go with its times",
  clock_jump: "its clock leaps ahead",
  role_changed: "it is marked as another party's",
  too_many_channels: "the call has too many channels",
  undecodable: "it cannot be decoded",
  unknown_codec: "its codec is not known",
  unsupported_rate: "its sample rate is not supported",
  odd_length: "it ends within a sample",
  empty: "it is empty",
  too_large: "its chunks are too large",
  too_long: "its chunks are too long",
  bad_time: "its times cannot be right",
};

const PARTIES: Record<Role, string> = { customer: "the caller", agent: "the agent", mixed: "the call" };

/** The channels of a party; those that are not named in `lines` are live. */
function isHeard(view: CallView, ofParty: (role: Role) => boolean): boolean {
  const known = new Map(view.lines.map((line) => [line.channel, line]));
  const announced = view.call.roles.filter((role, channel) => ofParty(role) && !known.has(channel));
  const named = view.lines.filter((line) => ofParty(line.role));
  return announced.length > 0 || named.length === 0 || named.some((line) => line.state === "live");
}

/** False while every channel that is not an agent's is on hold, without audio or refused. */
export function isCallerHeard(view: CallView): boolean {
  return isHeard(view, (role) => role !== "agent");
}

/** Nothing is received of any channel, and the call's end was not told. */
export function isOnHold(view: CallView): boolean {
  return view.lines.length > 0 && view.lines.every((line) => line.state === "on_hold");
}

/** What the lines of a live call do, where they are not simply live; a party with another live channel is heard. */
export function lineTexts(view: CallView): string[] {
  if (view.state !== "live") return [];
  const down = view.lines.filter((line) => line.state !== "live");
  const held = down.filter((line) => line.state === "on_hold");
  const others = down.filter((line) => line.state === "refused" || (line.state === "no_audio" && !isHeard(view, (role) => role === line.role)));
  const since = Math.max(0, ...held.map((line) => line.since_ms));
  const onHold = isOnHold(view) ? [`On hold since ${clock(since)}`] : held.map(lineText);
  return [...new Set([...onHold, ...others.map(lineText)])];
}

function lineText({ channel, role, state, since_ms, reason }: LineState): string {
  const party = reason === "too_many_channels" ? `channel ${channel}` : PARTIES[role];
  if (state !== "refused") return `No audio from ${party} since ${clock(since_ms)}`;
  return `Audio of ${party} is refused since ${clock(since_ms)}: ${REFUSALS[reason] ?? reason.replaceAll("_", " ")}`;
}

export interface Unjudged {
  reason: string;
  times: number;
  last_ms: number;
}

/** Why segments were not judged, the most frequent reason first. Learning the baseline is no lack of anything: left out. */
export function unjudged(points: readonly TonePoint[]): Unjudged[] {
  const found = new Map<string, Unjudged>();
  for (const { tone, abstained, start_ms } of points) {
    if (tone !== null || !abstained || abstained === "learning_baseline") continue;
    const times = (found.get(abstained)?.times ?? 0) + 1;
    found.set(abstained, { reason: abstained, times, last_ms: start_ms });
  }
  return [...found.values()].sort((a, b) => b.times - a.times || b.last_ms - a.last_ms);
}

const FALLBACKS: Record<Rationale["fallback"], string> = {
  "": "",
  missing: "No model was there; the measurements speak.",
  late: "The model answered too late; the measurements speak.",
  malformed: "The model's answer had no usable form; the measurements speak.",
  contradicts: "The model's text contradicted the measurements and was dropped.",
  empty: "The model named nothing that stands out; the measurements speak.",
  shed: "Under load the model was left out; the measurements speak.",
};

export function fallbackText(fallback: Rationale["fallback"]): string {
  return FALLBACKS[fallback] ?? "";
}

/** How many of the model's claims were checked, and what became of those that do not agree. */
export function claimsText({ claims, claims_total: total, claims_false }: Rationale): string {
  if (total === 0) return "";
  const checked = `${total} ${total === 1 ? "claim" : "claims"} checked against the measurements`;
  const unsupported = claims.filter((claim) => claim.verdict === "unsupported").length;
  const dropped = claims_false + unsupported;
  return dropped === 0
    ? `${checked}, none dropped.`
    : `${checked}, ${dropped} dropped: ${claims_false} contradicted, ${unsupported} without a measurement.`;
}

const TOPICS: Record<Said["of"], string> = {
  complaint: "a complaint",
  again: "that it is not the first time",
  leaving: "a threat to leave",
  escalation: "a superior or a lawyer",
  swearing: "swearing",
  distress: "distress",
  relief: "relief",
};

/** The topics that counted as evidence, oldest first; empty where there were none. */
export function topicsText(words: readonly Said[]): string {
  const found = words.map((said) => `${TOPICS[said.of] ?? said.of} at ${clock(said.start_ms)}`);
  return found.length ? `In the words: ${found.join(", ")}.` : "";
}

/** How many segments the baseline is made of, and whether earlier calls are among them. */
export function baselineText({ baseline_segments, earlier_calls }: FactsTable): string {
  const segments = `against ${baseline_segments} earlier segments`;
  return earlier_calls ? `${segments}, of ${earlier_calls === 1 ? "an earlier call" : `${earlier_calls} earlier calls`} too` : segments;
}

const STATE_NAMES: Record<AlertState, string> = {
  pending: "Pending",
  firing: "Firing",
  confirmed: "Confirmed",
  withdrawn: "Withdrawn",
  resolved: "Recovered",
};

const ENDINGS: Record<string, string> = { call_end: "Call ended", person: "Closed" };

/** A call that ended while the tone was still down is no recovery, and neither is an alert that somebody closed. */
export function stateName(alert: Alert): string {
  return ENDINGS[alert.resolved_by] ?? STATE_NAMES[alert.state];
}

const RULES: Record<string, string> = { interruptions: "Interruptions", dead_air: "Dead air", words: "Words" };

/** A rule's name as a person reads it. */
export function ruleName(rule: string): string {
  return RULES[rule] ?? factName(rule);
}

/** The alert's rule and severity; and the one it was raised by, which its id keeps, where the answer changed it. */
export function ruleText({ alert_id, rule, severity }: Alert): string {
  const first = alert_id.split("/").at(-2) ?? rule;
  return `${ruleName(rule)}, ${severity}${first === rule ? "" : `; raised as ${ruleName(first).toLowerCase()}`}`;
}

/** Who looks after an alert, in short; empty while nobody does. */
export function handledText(alert: Alert): string {
  const parts = [];
  if (alert.snoozed_until_ms !== null) parts.push(`snoozed to ${clock(alert.snoozed_until_ms)}`);
  if (alert.assigned_to) parts.push(`with ${alert.assigned_to}`);
  else if (alert.acknowledged_by) parts.push(`seen by ${alert.acknowledged_by}`);
  if (alert.times_reopened > 0) parts.push(alert.times_reopened === 1 ? "reopened" : `reopened ${alert.times_reopened} times`);
  return parts.join(", ");
}

const DONE: Record<ActionKind, string> = {
  acknowledge: "acknowledged it",
  snooze: "snoozed it for",
  assign: "gave it to",
  comment: "wrote:",
  resolve: "closed it",
  reopen: "opened it again",
};

/** One line of an alert's history. */
export function actedText(entry: Acted): string {
  if (entry.action === "snooze" && !entry.detail) return `${entry.by} ended the snooze`;
  if (entry.action === "assign" && !entry.detail) return `${entry.by} gave it back`;
  return `${entry.by} ${DONE[entry.action] ?? entry.action}${entry.detail ? ` ${entry.detail}` : ""}`;
}

/** When a rule fires and when it clears, in the rule's own unit. */
export function limitsText(thresholds: Thresholds, cause: Cause = "tone"): [string, string] {
  const { fire, clear, hold_ms, cooldown_ms, min_segments, unit, within_ms } = thresholds;
  const rests = `for ${hold_ms / 1000} s; opened again within ${cooldown_ms / 1000} s`;
  switch (unit) {
    case "probability":
      if (cause === "words") return [`${percent(fire)} sure that the words turned, within ${within_ms / 1000} s`, `under ${percent(clear)}`];
      return [`${percent(fire)} sure that the tone is down`, `under ${percent(clear)} ${rests}`];
    case "count":
      return [`${fire} within ${within_ms / 1000} s`, `none for ${within_ms / 1000} s; opened again within ${cooldown_ms / 1000} s`];
    case "ms":
      return [`after ${fire / 1000} s without a word`, `with the next word; opened again within ${cooldown_ms / 1000} s`];
    default:
      return [`below ${signed(fire)}, at least ${min_segments} segments`, `above ${signed(clear)} ${rests}`];
  }
}

/** What was left out longer ago than this is no state of now. */
const SHED_FRESH_MS = 120_000;

/** The line for the banner; empty where nothing was left out lately. Counters count since the board was filled. */
export function shedText(counters: Counters, server_now_ms: number): string {
  const count = (name: string, one: string, many: string) => {
    const value = counters[name] ?? 0;
    const isFresh = server_now_ms - (counters[`${name}_at_ms`] ?? 0) < SHED_FRESH_MS;
    return value > 0 && isFresh ? [`${value} ${value === 1 ? one : many}`] : [];
  };
  const shed = [
    ...count("shed_llm", "model reason", "model reasons"),
    ...count("shed_asr", "transcript", "transcripts"),
  ];
  const dead = count("dead_letters", "record could not be read", "records could not be read");
  const parts = shed.length ? [`Under load, ${shed.join(" and ")} left out so far; measurements and alerts go on`, ...dead] : dead;
  return parts.join(". ") + (parts.length ? "." : "");
}

/** A delay from words to tone under this is the ordinary one. */
const BEHIND_MS = 5_000;

/** A delay over this is a difference between two machines' clocks, not a backlog. */
const BEHIND_MOST_MS = 3_600_000;

/** A delay measured longer ago than this says nothing of now: no call may have spoken since. */
const BEHIND_FRESH_MS = 30_000;

/** The line for the banner while calls wait for their analysis; empty while they do not, or where clocks disagree. */
export function behindText(counters: Counters, server_now_ms: number): string {
  const { behind_ms = 0, behind_at_ms = 0 } = counters;
  const isFresh = Math.abs(server_now_ms - behind_at_ms) < BEHIND_FRESH_MS;
  if (!isFresh || behind_ms < BEHIND_MS || behind_ms >= BEHIND_MOST_MS) return "";
  return `What you see was said ${Math.round(behind_ms / 1000)} s ago: more calls are spoken than can be heard. Nothing is lost, alerts come late.`;
}

/** Nothing is heard of a live call for this long at most (then it is on hold); beyond it the wall clock is a wrong one. */
const LONGEST_PAUSE_MS = 60_000;

/** A call that is on hold for longer is closed. */
const LONGEST_HOLD_MS = 1_860_000;

/** A live call goes on between two segments; the wall clock counts only while it agrees with the audio. */
export function durationNow(view: CallView, server_now_ms: number): number {
  if (view.state === "ended" || !view.call.started_at_ms) return view.duration_ms;
  const elapsed = server_now_ms - view.call.started_at_ms;
  // A replayed recording has the start of the replay, but media time of its own; one that lies far off is not this clock's.
  const longest_ms = isOnHold(view) ? LONGEST_HOLD_MS : LONGEST_PAUSE_MS;
  const agrees = elapsed > view.duration_ms && elapsed < view.duration_ms + longest_ms;
  return agrees ? elapsed : view.duration_ms;
}

/** From here on a silence behind the agent's words is worth telling; a shorter one is thought about an answer. */
const SILENT_MS = 2_500;

/** What both did within a moment, as whole sentences. Fields that older records lack count as none. */
export function behaviourText(table: FactsTable): string {
  const { interruptions, talk_over_ms, agent_talk_share, one_word_answers = 0, falls_silent_ms = 0, laughs = 0 } = table;
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  return [
    interruptions > 0 && `${interruptions} ${interruptions === 1 ? "interruption" : "interruptions"}.`,
    talk_over_ms > 0 && `Both spoke at once for ${seconds(talk_over_ms)}.`,
    falls_silent_ms >= SILENT_MS && `The caller was silent for ${seconds(falls_silent_ms)} after the agent.`,
    one_word_answers > 0 && `${one_word_answers} one-word ${one_word_answers === 1 ? "answer" : "answers"}.`,
    laughs > 0 && "The caller laughed.",
    agent_talk_share !== null && `The agent held ${percent(agent_talk_share)} of the talk.`,
  ]
    .filter(Boolean)
    .join(" ");
}
