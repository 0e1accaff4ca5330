/** Which call stands above which, without jumping about; and which are shown at all. */

import type { Alert, AlertState, CallAttributes, CallView } from "./types.ts";

/** A call overtakes another only when its risk is higher by this much. */
export const OVERTAKE = 0.08;

/** Of two alerts that fired at once, the one whose state ranks higher stands for the call. */
const LIVELINESS: Record<AlertState, number> = { firing: 3, confirmed: 3, resolved: 2, withdrawn: 1, pending: 0 };

/** The alert that stands for the call: an active one if there is one, else the newest. A pending one is none yet. */
export function leadingAlert(view: CallView): Alert | null {
  const alerts = Object.values(view.alerts).filter((alert) => alert.state !== "pending");
  return alerts.reduce<Alert | null>((best, alert) => (best && !before(alert, best) ? best : alert), null);
}

/** The alert that a detail shows: the chosen one as long as there is one, else the leading one. */
export function shownAlert(view: CallView, chosen: string): Alert | null {
  return view.alerts[chosen] ?? leadingAlert(view);
}

/** What a row or a line shows: pending alerts only where they are asked for. */
export function alertsShown(view: CallView, pending: boolean): Alert[] {
  return Object.values(view.alerts).filter((alert) => pending || alert.state !== "pending");
}

/** Does the call ask for attention now? What the counter counts and the tab shows. */
export function asksNow(view: CallView): boolean {
  return view.state === "live" && isActive(leadingAlert(view));
}

/** Somebody looks after it. */
export function isOwned(alert: Alert): boolean {
  return Boolean(alert.acknowledged_by || alert.assigned_to);
}

function before(left: Alert, right: Alert): boolean {
  const activity = urgency(left) - urgency(right);
  if (activity !== 0) return activity > 0;
  return left.fired_ms !== right.fired_ms
    ? left.fired_ms > right.fired_ms
    : LIVELINESS[left.state] > LIVELINESS[right.state];
}

/** Open, and not snoozed: does it ask for attention? */
export function isActive(alert: Alert | null): boolean {
  return isOpen(alert) && alert!.snoozed_until_ms === null;
}

/** Its condition still holds, whatever was done with it. */
export function isOpen(alert: Alert | null): boolean {
  return alert !== null && (alert.state === "firing" || alert.state === "confirmed");
}

/** The most severe comes first, what nobody looks after before what is looked after, then snoozed, then over. */
function urgency(alert: Alert): number {
  if (isActive(alert)) return 6 - rank(alert);
  return isOpen(alert) ? 2 : 1;
}

/** 0 and 1: to act on, without and with somebody who does; 2 and 3: to watch, likewise. */
function rank(alert: Alert): number {
  return (alert.severity === "act" ? 0 : 2) + (isOwned(alert) ? 1 : 0);
}

const LIVE = 4;
const ENDED = 5;

/** Severity, then whether anybody looks after it; then live calls without an active alert, then ended ones. */
export function tier(view: CallView): number {
  if (view.state === "ended") return ENDED;
  const alert = leadingAlert(view);
  return isActive(alert) ? rank(alert!) : LIVE;
}

/** The list while somebody points at it or is in it: every row stays, what is new comes below. */
export function held(shown: readonly string[], wanted: readonly string[], isThere: (id: string) => boolean): string[] {
  const known = new Set(shown);
  return [...shown.filter(isThere), ...wanted.filter((id) => !known.has(id))];
}

/** Calls that came, or became more urgent, since the order was held; `tiers` are those of then. */
export function newsSince(tiers: ReadonlyMap<string, number>, views: readonly CallView[]): number {
  return views.filter((view) => tier(view) < (tiers.get(view.call_id) ?? ENDED + 1)).length;
}

/**
 * The ids of `views` in their new order. Calls keep the order of `previous` within a tier unless one is clearly
 * riskier than the one above it; new calls enter where their risk belongs. Each swap removes one inversion, so the
 * passes end.
 */
export function reorder(previous: readonly string[], views: readonly CallView[]): string[] {
  const rank = new Map(previous.map((id, index) => [id, index]));
  const known = views.filter((view) => rank.has(view.call_id));
  const fresh = views.filter((view) => !rank.has(view.call_id));
  known.sort((a, b) => tier(a) - tier(b) || rank.get(a.call_id)! - rank.get(b.call_id)!);
  for (let moved = true; moved; ) {
    moved = false;
    for (let i = 1; i < known.length; i++) {
      const [above, below] = [known[i - 1]!, known[i]!];
      if (tier(above) === tier(below) && below.risk > above.risk + OVERTAKE) {
        known[i - 1] = below;
        known[i] = above;
        moved = true;
      }
    }
  }
  fresh.sort((a, b) => tier(a) - tier(b) || b.risk - a.risk || b.call.started_at_ms - a.call.started_at_ms);
  for (const view of fresh) insert(known, view);
  return known.map((view) => view.call_id);
}

function insert(order: CallView[], view: CallView): void {
  const goesBefore = (other: CallView) =>
    tier(view) < tier(other) ||
    (tier(view) === tier(other) && (tier(view) === ENDED ? view.call.started_at_ms > other.call.started_at_ms : view.risk > other.risk));
  const index = order.findIndex(goesBefore);
  order.splice(index < 0 ? order.length : index, 0, view);
}

export type Show = "all" | "alerts" | "live" | "ended";

export interface Filter {
  show: Show;
  queue: string;
  team: string;
  /** As `agentOf` names it. */
  agent: string;
  search: string;
  /** Show what may become an alert, too. */
  pending: boolean;
  /** Show what is held back, too. */
  held: boolean;
}

export const NO_FILTER: Filter = { show: "all", queue: "", team: "", agent: "", search: "", pending: false, held: false };

/** What calls can be told apart by, each in the order of names. */
export type Choices = Record<"queue" | "team" | "agent", string[]>;

export function choicesOf(views: readonly CallView[]): Choices {
  const named = (of: (call: CallAttributes) => string) => [...new Set(views.map((view) => of(view.call)).filter(Boolean))].sort();
  return { queue: named((call) => call.queue), team: named((call) => call.team), agent: named(agentOf) };
}

/** What an agent is called on the board; empty where nobody said. */
export function agentOf(call: Pick<CallAttributes, "agent_name" | "agent_id">): string {
  return call.agent_name || call.agent_id;
}

export function passes(view: CallView, filter: Filter): boolean {
  if (filter.queue && view.call.queue !== filter.queue) return false;
  if (filter.team && view.call.team !== filter.team) return false;
  if (filter.agent && agentOf(view.call) !== filter.agent) return false;
  if (filter.show === "alerts" && !asksNow(view)) return false;
  if (filter.show === "live" && view.state === "ended") return false;
  if (filter.show === "ended" && view.state !== "ended") return false;
  const wanted = filter.search.trim().toLowerCase();
  return !wanted || view.call.title.toLowerCase().includes(wanted) || view.call_id.toLowerCase().includes(wanted);
}
