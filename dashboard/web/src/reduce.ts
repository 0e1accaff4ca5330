/**
 * A call's view from its events: the same rules as `tonewatch.stream.board.view`, kept equal by shared golden sequences.
 * Nothing is changed in place: a view that an event does not change stays the same object.
 */

import { isCallerHeard } from "./words.ts";
import type { AccountLine, Alert, BoardEvent, CallAttributes, CallState, CallView, Rationale, Tone } from "./types.ts";

export const POINTS_KEPT = 600;

export function emptyView(call_id: string): CallView {
  return {
    call_id,
    state: "live",
    call: {
      roles: [],
      started_at_ms: 0,
      queue: "",
      title: "",
      language: "",
      synthetic: false,
      team: "",
      agent_id: "",
      agent_name: "",
      caller_shown: "",
      listen_url: "",
      extra: {},
    },
    duration_ms: 0,
    tone: null,
    spread: 1,
    risk: 0,
    abstained: null,
    baseline_ready: false,
    posterior: null,
    facts: [],
    points: [],
    alerts: {},
    rationales: {},
    latest: null,
    account: [],
    model: null,
    lines: [],
    run: 0,
    withdrawn: false,
  };
}

export function apply(view: CallView, event: BoardEvent): CallView {
  if (view.withdrawn) return view;
  switch (event.type) {
    case "call_state":
      return callState(view, event);
    case "tone":
      return tone(view, event);
    case "alert":
      return alert(view, event);
    case "rationale":
      return rationale(view, event);
    default:
      return view; // a kind that a later release may write
  }
}

function callState(view: CallView, event: CallState): CallView {
  if (event.withdrawn) {
    const { call_id } = view;
    const { state, call, duration_ms } = event;
    return { ...emptyView(call_id), state, call, duration_ms, withdrawn: true };
  }
  const isNewRun = event.run > view.run;
  const next = {
    ...view,
    state: event.state,
    call: updated(view.call, event.call),
    duration_ms: Math.max(view.duration_ms, event.duration_ms),
    lines: event.lines,
    run: isNewRun ? event.run : view.run,
    points: isNewRun ? [] : view.points,
    risk: event.state === "ended" ? 0 : view.risk,
  };
  return event.state === "ended" || isCallerHeard(next) ? next : withoutTone(next);
}

/** What was the tone is not that of now: the caller is not heard. */
function withoutTone(view: CallView): CallView {
  const isOpen = Object.values(view.alerts).some((alert) => alert.state === "firing" || alert.state === "confirmed");
  return { ...view, tone: null, spread: 1, risk: isOpen ? 0.5 : 0, abstained: null, posterior: null, facts: [] };
}

/** What the newer attributes know; an empty one stays as it is. */
function updated(call: CallAttributes, newer: CallAttributes): CallAttributes {
  return {
    roles: newer.roles.length ? newer.roles : call.roles,
    started_at_ms: newer.started_at_ms || call.started_at_ms,
    queue: newer.queue || call.queue,
    title: newer.title || call.title,
    language: newer.language || call.language,
    synthetic: newer.synthetic || call.synthetic,
    team: newer.team || call.team,
    agent_id: newer.agent_id || call.agent_id,
    agent_name: newer.agent_name || call.agent_name,
    caller_shown: newer.caller_shown || call.caller_shown,
    listen_url: newer.listen_url || call.listen_url,
    extra: Object.keys(newer.extra).length ? newer.extra : call.extra,
  };
}

function tone(view: CallView, event: Tone): CallView {
  const last = view.points.at(-1);
  // A second delivery, or a segment that a restarted listener found again: the line has it already.
  if (last && event.start_ms <= last.start_ms) return view;
  const point = {
    start_ms: event.start_ms,
    end_ms: event.end_ms,
    tone: event.tone,
    spread: event.spread,
    abstained: event.abstained,
  };
  const next = {
    ...view,
    points: [...view.points, point].slice(-POINTS_KEPT),
    tone: event.tone,
    spread: event.spread,
    risk: event.risk,
    abstained: event.abstained,
    baseline_ready: event.baseline_ready,
    posterior: event.posterior,
    facts: event.facts,
    model: event.model ?? view.model,
    duration_ms: Math.max(view.duration_ms, event.end_ms),
  };
  // A segment that was open when its line went away is known seconds later, and is no tone of now either.
  return isCallerHeard(next) ? next : withoutTone(next);
}

function alert(view: CallView, event: Alert): CallView {
  const known = view.alerts[event.alert_id];
  // Records of one alert are ordered by seq alone: two topics and a resume may bring them late or twice.
  if (known && event.seq <= known.seq) return view;
  if (hasLapsed(event)) {
    const { [event.alert_id]: _, ...rest } = view.alerts;
    return known ? { ...view, alerts: rest } : view;
  }
  return { ...view, alerts: { ...view.alerts, [event.alert_id]: event } };
}

/** Was it pending and came to nothing? Such an alert leaves the board. */
function hasLapsed(event: Alert): boolean {
  return event.state === "withdrawn" && event.decided_by === "detector";
}

/** Lines of a call's running account, the newest ones. */
const ACCOUNT_KEPT = 12;

/** Its reasons by time, each once. */
function account(view: CallView, event: Rationale): AccountLine[] {
  const { moment_id, at_ms, text, source, closing } = event;
  const lines = view.account.filter((one) => one.moment_id !== moment_id);
  lines.push({ moment_id, at_ms, text, source, closing });
  return lines.sort((a, b) => a.at_ms - b.at_ms || Number(a.closing) - Number(b.closing)).slice(-ACCOUNT_KEPT);
}

function rationale(before: CallView, event: Rationale): CallView {
  const view = { ...before, account: account(before, event) };
  if (event.closing) return view;
  const known = view.rationales[event.alert_id];
  const isNewest = !known || event.at_ms >= known.at_ms;
  const isLatest = !view.latest || event.at_ms >= view.latest.at_ms;
  return {
    ...view,
    rationales: isNewest ? { ...view.rationales, [event.alert_id]: event } : view.rationales,
    latest: isLatest ? event : view.latest,
  };
}
