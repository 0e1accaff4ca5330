/** Actions on alerts, as they go to the server. */

import type { ActionKind, Alert, AlertAction } from "./types.ts";

/** The server adds the type itself (`dashboard/frames.py`). */
export type ActionRequest = Omit<AlertAction, "type">;

export const SNOOZE_MS = 300_000;

/** What can be chosen; the monitor takes an hour at most (`LONGEST_SNOOZE_MS`). */
export const SNOOZES_MS = [SNOOZE_MS, 900_000, 1_800_000, 3_600_000] as const;

export function actionOn(alert: Alert, action: ActionKind, by: string, more: Partial<ActionRequest> = {}): ActionRequest {
  return {
    // randomUUID is there on https and on loopback only; the id has to differ from this page's others, no more.
    action_id: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`,
    call_id: alert.call_id,
    alert_id: alert.alert_id,
    action,
    by: by.trim(),
    // Of two that take it at once the monitor gives it to the first one, and the other is told.
    ...(action === "assign" ? { seen_assigned_to: alert.assigned_to } : {}),
    ...more,
  };
}
