/** Alerts of one queue and cause that came at once have one origin: an outage, a wrong letter, a long wait. */

import { isActive } from "./order.ts";
import type { Alert, CallView, Cause } from "./types.ts";

/** Calls of one queue that make a group. */
export const LEAST_CALLS = 3;

/** Alerts this near to each other belong together. */
export const WITHIN_MS = 120_000;

export interface Group {
  queue: string;
  cause: Cause;
  calls: number;
  /** Wall clock of the first one. */
  since_at_ms: number;
  /** All of them, the oldest call first. */
  alerts: Alert[];
}

/** The alerts of one cause in one call; `at_ms` of the newest of them, by the wall clock. */
interface Fired {
  at_ms: number;
  alerts: Alert[];
}

/** Groups of active alerts, the largest first; an alert belongs to the burst that the newest one of its kind ends. */
export function groups(views: readonly CallView[]): Group[] {
  const kinds = new Map<string, { queue: string; cause: Cause; fired: Fired[] }>();
  for (const view of views) {
    const active = Object.values(view.alerts).filter(isActive);
    for (const cause of new Set(active.map((alert) => alert.cause))) {
      const alerts = active.filter((alert) => alert.cause === cause);
      // Media time is each call's own; between calls only the wall clock compares.
      const at_ms = view.call.started_at_ms + Math.max(...alerts.map((alert) => alert.fired_ms));
      const key = `${view.call.queue}\n${cause}`;
      const kind = kinds.get(key) ?? { queue: view.call.queue, cause, fired: [] };
      kind.fired.push({ at_ms, alerts });
      kinds.set(key, kind);
    }
  }
  return [...kinds.values()]
    .map(({ queue, cause, fired }) => ({ queue, cause, fired: burst(fired) }))
    .filter(({ fired }) => fired.length >= LEAST_CALLS)
    .map(({ queue, cause, fired }) => ({
      queue,
      cause,
      calls: fired.length,
      since_at_ms: fired[0]?.at_ms ?? 0,
      alerts: fired.flatMap(({ alerts }) => alerts),
    }))
    .sort((a, b) => b.calls - a.calls || a.queue.localeCompare(b.queue));
}

function burst(fired: Fired[]): Fired[] {
  const newest = Math.max(...fired.map(({ at_ms }) => at_ms));
  return fired.filter(({ at_ms }) => newest - at_ms <= WITHIN_MS).sort((a, b) => a.at_ms - b.at_ms);
}

/** Alerts of the group that nobody has acknowledged. */
export function unacknowledged(group: Group): Alert[] {
  return group.alerts.filter((alert) => !alert.acknowledged_by);
}
