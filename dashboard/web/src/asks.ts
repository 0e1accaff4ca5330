/**
 * What was asked of alerts and is not known to be done: nothing that somebody asks for may come to nothing in silence.
 * Pure: requests, answers, alerts and clocks come in, the new list comes out.
 */

import type { ActionRequest } from "./actions.ts";
import { T } from "./messages/index.ts";
import { isOpen } from "./order.ts";
import type { Alert, CallView } from "./types.ts";

/** `sent`: no answer yet; `taken`: Kafka has it, the alert's next event is awaited; the others are told to the user. */
export type AskState = "sent" | "taken" | "failed" | "unanswered" | "lost";

export interface Ask {
  request: ActionRequest;
  at_ms: number;
  state: AskState;
  /** Why it came to nothing, as a sentence; empty while it is awaited. */
  text: string;
}

/** By action id, oldest first. */
export type Asks = ReadonlyMap<string, Ask>;

/** The server answers within ten seconds, with an error if need be (`WRITE_S` in dashboard/actions.py). */
export const ANSWER_MS = 11_000;

/** The monitor applies an action within a second, unless it is not there. */
export const APPLY_MS = 15_000;

/** The same request again keeps its id: done twice it changes nothing. */
export function asked(asks: Asks, request: ActionRequest, now_ms: number, isSent: boolean): Asks {
  const ask: Ask = { request, at_ms: now_ms, state: isSent ? "sent" : "failed", text: isSent ? "" : T.asks.noLine };
  return new Map(asks).set(request.action_id, ask);
}

/** The server's answer. One without an id is about a message that it could not read: the oldest unanswered one. */
export function answered(asks: Asks, action_id: string, error: string): Asks {
  const id = action_id || [...asks.values()].find((ask) => ask.state === "sent")?.request.action_id;
  const ask = id === undefined ? undefined : asks.get(id);
  if (!ask) return asks;
  return new Map(asks).set(ask.request.action_id, { ...ask, state: error ? "failed" : "taken", text: error });
}

export function dropped(asks: Asks, action_id: string): Asks {
  const left = new Map(asks);
  left.delete(action_id);
  return left;
}

/** What has waited for too long. On a line that is not heard of no answer is awaited any more. */
export function overdue(asks: Asks, now_ms: number, isLineHeard: boolean): Asks {
  return changed(asks, (ask) => {
    const waited_ms = now_ms - ask.at_ms;
    if (ask.state === "sent" && (!isLineHeard || waited_ms > ANSWER_MS)) return { ...ask, state: "unanswered", text: T.asks.noAnswer };
    if (ask.state === "taken" && waited_ms > APPLY_MS) return { ...ask, state: "unanswered", text: T.asks.notApplied };
    return ask;
  });
}

/** Those that the alerts' newest events answer: what is done is left out, what somebody else was quicker in is lost. */
export function settled(asks: Asks, calls: ReadonlyMap<string, CallView>): Asks {
  return changed(asks, (ask) => {
    const alert = calls.get(ask.request.call_id)?.alerts[ask.request.alert_id];
    if (!alert || ask.state === "lost") return ask;
    if (isDone(ask.request, alert)) return null;
    const text = lossText(ask.request, alert);
    return text ? { ...ask, state: "lost", text } : ask;
  });
}

/** The same map where nothing changes, so that nothing is drawn anew. */
function changed(asks: Asks, change: (ask: Ask) => Ask | null): Asks {
  const left = new Map<string, Ask>();
  let isSame = true;
  for (const [id, ask] of asks) {
    const now = change(ask);
    isSame &&= now === ask;
    if (now) left.set(id, now);
  }
  return isSame ? asks : left;
}

function isDone({ action, action_id, by, assignee, snooze_ms }: ActionRequest, alert: Alert): boolean {
  if (alert.acted.some((entry) => entry.action_id === action_id)) return true;
  // What is so already has no event of its own, and a monitor of an earlier release names no action.
  switch (action) {
    case "acknowledge":
      return alert.acknowledged_by === by;
    case "assign":
      return alert.assigned_to === (assignee ?? "");
    case "snooze":
      return Boolean(snooze_ms) === (alert.snoozed_until_ms !== null) && isOpen(alert);
    case "reopen":
      return isOpen(alert);
    default:
      return false;
  }
}

/** Why it can no longer be done; empty while it can. */
function lossText({ action, seen_assigned_to }: ActionRequest, alert: Alert): string {
  switch (action) {
    case "assign":
      if (typeof seen_assigned_to !== "string" || alert.assigned_to === seen_assigned_to) return "";
      return alert.assigned_to ? T.asks.quicker(alert.assigned_to) : T.asks.quickerNobody;
    case "acknowledge":
      return alert.acknowledged_by ? T.asks.acknowledgedFirst(alert.acknowledged_by) : "";
    case "snooze":
    case "resolve":
      return isOpen(alert) ? "" : T.asks.over;
    default:
      return "";
  }
}

/** Those of one alert, oldest first. */
export function asksOf(asks: Asks, alert_id: string): Ask[] {
  return [...asks.values()].filter((ask) => ask.request.alert_id === alert_id);
}

export function isAwaited(ask: Ask): boolean {
  return ask.state === "sent" || ask.state === "taken";
}

/** What was asked, as a person says it. */
export function askText({ action, by, assignee, note, snooze_ms }: ActionRequest): string {
  if (action === "assign") return !assignee ? T.actions.unassign : assignee === by ? T.actions.take : T.asks.giveTo(assignee);
  if (action === "comment") return T.asks.note(note ?? "");
  if (action === "snooze" && !snooze_ms) return T.actions.wake;
  return T.asks.names[action];
}
