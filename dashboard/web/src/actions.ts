/** What a person asks for, as it goes to the server. */

import type { ActionKind, Alert, AlertAction } from "./types.ts";

export type Act = (action: AlertAction) => void;

export const SNOOZE_MS = 300_000;

/** An action that changes nothing has no event: the buttons do not wait for it for ever. */
export const WAIT_MS = 5_000;

export function actionOn(alert: Alert, action: ActionKind, by: string, more: Partial<AlertAction> = {}): AlertAction {
  return {
    action_id: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`,
    call_id: alert.call_id,
    alert_id: alert.alert_id,
    action,
    by: by.trim(),
    ...more,
  };
}
