/** Actions on alerts, as they go to the server. */

import type { ActionKind, Alert, AlertAction } from "./types.ts";

/** The server adds the type itself (`dashboard/frames.py`). */
export type ActionRequest = Omit<AlertAction, "type">;

export type Act = (action: ActionRequest) => void;

export const SNOOZE_MS = 300_000;

/** An action that changes nothing has no event: the buttons do not wait for it for ever. */
export const WAIT_MS = 5_000;

export function actionOn(alert: Alert, action: ActionKind, by: string, more: Partial<ActionRequest> = {}): ActionRequest {
  return {
    // randomUUID is there on https and on loopback only; the id has to differ from this page's others, no more.
    action_id: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`,
    call_id: alert.call_id,
    alert_id: alert.alert_id,
    action,
    by: by.trim(),
    ...more,
  };
}
