/** Values and fixed words of the messages, as a person reads them in the page's language. */

import { LOCALE, named, T } from "./messages/index.ts";
import { percent, plain, seconds, signed } from "./numbers.ts";
import { isOpen } from "./order.ts";
import type { Acted, Alert, CallView, Cause, Fact, FactsTable, HeartbeatFrame, LineState, Rationale, Role, Said, Thresholds, TonePoint } from "./types.ts";

export { percent, plain, signed } from "./numbers.ts";

export type Counters = HeartbeatFrame["counters"];

/** 83000 -> "1:23"; an hour or more as "1:02:03". */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** A time of day in the viewer's zone, with the zone's name: "14:03:21 CET". */
export function wallClock(at_ms: number): string {
  return new Date(at_ms).toLocaleTimeString(LOCALE, { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" });
}

/** As a clock on the wall shows it: "14:03". */
export function timeOfDay(at_ms: number): string {
  return new Date(at_ms).toLocaleTimeString(LOCALE, { hour: "2-digit", minute: "2-digit" });
}

/** A measurement; shares read as percent. */
export function measured(fact: Fact, value: number): string {
  return fact.unit === "share" ? percent(value) : plain(value);
}

/** A difference with its sign and unit. */
export function difference(fact: Fact): string {
  if (fact.unit !== "share") return signed(fact.delta);
  return `${signed(fact.delta * 100, 0)} %`;
}

export function unitName(fact: Fact): string {
  return named(T.units, fact.unit) ?? fact.unit;
}

export function factName(name: string): string {
  return named(T.facts, name) ?? readable(name);
}

/** A name of a newer release, or of a rule of somebody's own, reads as its own words. */
function readable(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A reason of a newer release, which has no text here, reads as its own words. */
export function abstention(reason: string): string {
  return named(T.abstentions, reason) ?? T.notJudged(reason.replaceAll("_", " "));
}

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
  const onHold = isOnHold(view) ? [T.lines.onHold(clock(since))] : held.map(lineText);
  return [...new Set([...onHold, ...others.map(lineText)])];
}

function lineText({ channel, role, state, since_ms, reason }: LineState): string {
  const party = reason === "too_many_channels" ? T.lines.channel(channel) : T.parties[role];
  if (state !== "refused") return T.lines.noAudio(party, clock(since_ms));
  return T.lines.refused(party, clock(since_ms), named(T.refusals, reason) ?? reason.replaceAll("_", " "));
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

export function fallbackText(fallback: Rationale["fallback"]): string {
  return named(T.fallbacks, fallback) ?? "";
}

/** How many of the model's claims were checked, and what became of those that do not agree. */
export function claimsText({ claims, claims_total: total, claims_false }: Rationale): string {
  if (total === 0) return "";
  const unsupported = claims.filter((claim) => claim.verdict === "unsupported").length;
  const dropped = claims_false + unsupported;
  return dropped === 0 ? T.claims.noneDropped(total) : T.claims.dropped(total, dropped, claims_false, unsupported);
}

/** The topics that counted as evidence, oldest first; empty where there were none. */
export function topicsText(words: readonly Said[]): string {
  const found = words.map((said) => T.topicAt(named(T.topics, said.of) ?? said.of, clock(said.start_ms)));
  return found.length ? T.inTheWords(found.join(", ")) : "";
}

/** How many segments the baseline is made of, and whether earlier calls are among them. */
export function baselineText({ baseline_segments, earlier_calls }: FactsTable): string {
  return earlier_calls ? T.baselineEarlier(baseline_segments, earlier_calls) : T.baseline(baseline_segments);
}

/** A call that ended while the tone was still down is no recovery, and neither is an alert that somebody closed. */
export function stateName(alert: Alert): string {
  return named(T.endings, alert.resolved_by) ?? T.states[alert.state];
}

/** A rule's name as a person reads it. */
export function ruleName(rule: string): string {
  return named(T.rules, rule) ?? readable(rule);
}

/** The alert's rule and severity; and the one it was raised by, which its id keeps, where the answer changed it. */
export function ruleText({ alert_id, rule, severity }: Alert): string {
  const first = alert_id.split("/").at(-2) ?? rule;
  return T.ruleText(ruleName(rule), T.severities[severity]) + (first === rule ? "" : T.raisedAs(ruleName(first)));
}

/** Who looks after an alert, in short; empty while nobody does. */
export function handledText(alert: Alert): string {
  const parts = [];
  if (alert.snoozed_until_ms !== null && isOpen(alert)) parts.push(T.handled.snoozed(clock(alert.snoozed_until_ms)));
  if (alert.assigned_to) parts.push(T.handled.with(alert.assigned_to));
  else if (alert.acknowledged_by) parts.push(T.handled.seen(alert.acknowledged_by));
  if (alert.times_reopened > 0) parts.push(T.handled.reopened(alert.times_reopened));
  return parts.join(", ");
}

/** One line of an alert's history. */
export function actedText(entry: Acted): string {
  if (entry.action === "snooze" && !entry.detail) return T.acted.endedSnooze(entry.by);
  if (entry.action === "assign" && !entry.detail) return T.acted.gaveBack(entry.by);
  return `${entry.by} ${named(T.acted.done, entry.action) ?? entry.action}${entry.detail ? ` ${entry.detail}` : ""}`;
}

/** When a rule fires and when it clears, in the rule's own unit. */
export function limitsText(thresholds: Thresholds, cause: Cause = "tone"): [string, string] {
  const { fire, clear, hold_ms, cooldown_ms, min_segments, unit, within_ms } = thresholds;
  const [within, cooldown] = [seconds(within_ms), seconds(cooldown_ms)];
  const rests = T.limits.rests(seconds(hold_ms), cooldown);
  switch (unit) {
    case "probability":
      if (cause === "words") return [T.limits.words(percent(fire), within), T.limits.under(percent(clear), "")];
      return [T.limits.down(percent(fire)), T.limits.under(percent(clear), rests)];
    case "count":
      return [T.limits.count(plain(fire, 0), within), T.limits.countClear(within, cooldown)];
    case "ms":
      return [T.limits.silence(seconds(fire)), T.limits.silenceClear(cooldown)];
    default:
      return [T.limits.tone(signed(fire), min_segments), T.limits.toneClear(signed(clear), rests)];
  }
}

/** What was left out longer ago than this is no state of now. */
const SHED_FRESH_MS = 120_000;

/** The line for the banner; empty where nothing was left out lately. Counters count since the board was filled. */
export function shedText(counters: Counters, server_now_ms: number): string {
  const count = (name: string, text: (count: number) => string) => {
    const value = counters[name] ?? 0;
    const isFresh = server_now_ms - (counters[`${name}_at_ms`] ?? 0) < SHED_FRESH_MS;
    return value > 0 && isFresh ? [text(value)] : [];
  };
  const shed = [...count("shed_llm", T.health.modelReasons), ...count("shed_asr", T.health.transcripts)];
  const dead = count("dead_letters", T.health.records);
  const parts = shed.length ? [T.health.shed(shed.join(T.health.and)), ...dead] : dead;
  return parts.join(". ") + (parts.length ? "." : "");
}

/** A delay from words to tone under this is the ordinary one. */
export const BEHIND_MS = 5_000;

/** A delay over this is a difference between two machines' clocks, not a backlog. */
export const BEHIND_MOST_MS = 3_600_000;

/** A delay measured longer ago than this says nothing of now: no call may have spoken since. */
export const BEHIND_FRESH_MS = 30_000;

/** The line for the banner while calls wait for their analysis; empty while they do not, or where clocks disagree. */
export function behindText(counters: Counters, server_now_ms: number): string {
  const { behind_ms = 0, behind_at_ms = 0 } = counters;
  const isFresh = Math.abs(server_now_ms - behind_at_ms) < BEHIND_FRESH_MS;
  if (!isFresh || behind_ms < BEHIND_MS || behind_ms >= BEHIND_MOST_MS) return "";
  return T.health.behind(plain(behind_ms / 1000, 0));
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
  const tenths = (ms: number) => plain(ms / 1000, 1);
  return [
    interruptions > 0 && T.behaviour.interruptions(interruptions),
    talk_over_ms > 0 && T.behaviour.talkOver(tenths(talk_over_ms)),
    falls_silent_ms >= SILENT_MS && T.behaviour.silent(tenths(falls_silent_ms)),
    one_word_answers > 0 && T.behaviour.oneWord(one_word_answers),
    laughs > 0 && T.behaviour.laughed,
    agent_talk_share !== null && T.behaviour.agentHeld(percent(agent_talk_share)),
  ]
    .filter(Boolean)
    .join(" ");
}
