/** The one sentence about a call that a row and the detail show. */

import { ADVICE } from "./advice.ts";
import { T } from "./messages/index.ts";
import type { AccountLine, Alert, CallView, Claim, Rationale } from "./types.ts";
import { isOpen } from "./order.ts";
import { abstention, clock, isCallerHeard } from "./words.ts";

export interface Reason {
  text: string;
  source: "model" | "facts" | null;
}

/** A tone of [-1, 1] this far from the baseline, which is 0, is no longer near it. */
const NOTABLE_TONE = 0.25;

/** A reason that belongs to no alert describes the call for this long. */
const FRESH_MS = 60_000;

/** The newest reason of a call without an alert, while it still describes the call. */
export function freshReason(view: CallView): Rationale | null {
  const { latest } = view;
  const stands = latest && isCallerHeard(view) && view.state === "live" && !view.abstained && view.duration_ms - latest.at_ms <= FRESH_MS;
  return stands ? latest : null;
}

/**
 * The newest sentence about a call: its alert's reason, the alert's own sentence until there is one, else the state of
 * the call. `source` is null where the sentence is no judgement of the tone. What was said of a call that is over, of an
 * alert that is over or while the caller is not heard is dated and advises nothing: it is no news of now.
 */
export function reasonFor(view: CallView, alert: Alert | null): Reason {
  const { text, source } = newest(view, alert);
  const isHeard = view.state !== "live" || isCallerHeard(view);
  if (!alert) return isHeard ? { text, source } : { text: "", source: null };
  const rationale = view.rationales[alert.alert_id];
  if (isOfNow(view, alert)) return { text, source };
  const at_ms = rationale?.at_ms ?? alert.fired_ms;
  return { text: T.reason.at(clock(at_ms), withoutAdvice(text, rationale?.claims)), source };
}

/** Does its newest reason still tell what is? Then who reads it can do what it advises. */
export function isOfNow(view: CallView, alert: Alert | null): boolean {
  if (view.state !== "live" || !isCallerHeard(view)) return false;
  return alert ? isOpen(alert) || view.rationales[alert.alert_id]?.kind === "recovery" : freshReason(view) !== null;
}

/** The lines of a call's account. Only the newest one may still advise something, and only while it tells what is. */
export function accountOf(view: CallView, alert: Alert | null): AccountLine[] {
  const last = view.account.length - 1;
  return view.account.map((line, at) => (at === last && isOfNow(view, alert) ? line : { ...line, text: withoutAdvice(line.text) }));
}

/** Kinds of claims by which a reason tells what to do. */
const ADVISES = ["advice", "ending"];

/** A claim about what to do, which is nothing to be checked any more once it is over. */
export const isAdvice = (claim: Claim): boolean => ADVISES.includes(claim.kind);

/** The text without the sentence at its end that says what to do; by `claims` also where a model chose its own words. */
export function withoutAdvice(text: string, claims: readonly Claim[] = []): string {
  const ending = ADVICE.find((one) => text.endsWith(` ${one}`));
  if (ending) return text.slice(0, -ending.length).trimEnd();
  const [, before, last] = /^(.*[.!?]["”’“]?)\s+([^.!?]+[.!?])$/s.exec(text) ?? [];
  const isSaid = claims.some((claim) => isAdvice(claim) && last?.toLowerCase().includes(claim.text.toLowerCase()));
  return before && isSaid ? before : text;
}

function newest(view: CallView, alert: Alert | null): Reason {
  const rationale = alert ? view.rationales[alert.alert_id] : freshReason(view);
  if (rationale) return { text: rationale.text, source: rationale.source };
  if (alert) return { text: alert.sentence, source: "facts" };
  if (view.state === "ended") return { text: T.reason.endedWithout, source: null };
  if (view.abstained) return { text: abstention(view.abstained), source: null };
  if (view.points.length === 0 || view.tone === null) return { text: T.reason.waiting, source: null };
  const { tone } = view;
  const text = tone >= NOTABLE_TONE ? T.reason.above : tone <= -NOTABLE_TONE ? T.reason.below : T.reason.near;
  return { text, source: null };
}

/** What happened, which alone must tell it, and the rest of a text; the mark between them stays with the rest. */
export function firstClause(text: string): [string, string] {
  // Not the colon of a time ("1:02"), which no space follows; a line that sums up begins with "In all: ".
  const [sums] = /^(?:In all|Insgesamt): /.exec(text) ?? [""];
  const end = text.slice(sums.length).search(/: |[.;] |\.$/);
  return end < 0 ? [text, ""] : [text.slice(0, sums.length + end), text.slice(sums.length + end)];
}
