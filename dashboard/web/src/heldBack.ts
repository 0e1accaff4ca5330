/** Alerts that the server holds back: their queues are over what a supervisor can look at. Pure. */

import { isOpen } from "./order.ts";
import type { Alert, CallView, QueueLoad } from "./types.ts";

const cut = new WeakMap<CallView, { held: ReadonlySet<string>; view: CallView }>();

/** The call without what is held back; the same object as long as neither changes, so that its row is not drawn again. */
export function withoutHeld(view: CallView, held: ReadonlySet<string>): CallView {
  if (!Object.keys(view.alerts).some((id) => held.has(id))) return view;
  const known = cut.get(view);
  if (known?.held === held) return known.view;
  const alerts = Object.fromEntries(Object.entries(view.alerts).filter(([id]) => !held.has(id)));
  cut.set(view, { held, view: { ...view, alerts } });
  return cut.get(view)!.view;
}

export function callsWithoutHeld(calls: ReadonlyMap<string, CallView>, held: ReadonlySet<string>): ReadonlyMap<string, CallView> {
  if (!held.size) return calls;
  return new Map([...calls].map(([id, view]) => [id, withoutHeld(view, held)]));
}

/** Open alerts that were held back and are not any more: new to whoever looks at the board. */
export function released(calls: ReadonlyMap<string, CallView>, before: ReadonlySet<string>, now: ReadonlySet<string>): Alert[] {
  if (!before.size) return [];
  return [...calls.values()].flatMap((view) => Object.values(view.alerts)).filter((alert) => before.has(alert.alert_id) && !now.has(alert.alert_id) && isOpen(alert));
}

/** The queue in which a supervisor has most to look at; null where nothing fired within the hour. */
export function busiest(load: readonly QueueLoad[]): QueueLoad | null {
  return load.reduce<QueueLoad | null>((most, one) => (one.shown > 0 && (!most || one.per_supervisor > most.per_supervisor) ? one : most), null);
}
