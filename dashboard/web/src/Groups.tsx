import { actionOn, SNOOZE_MS } from "./actions.ts";
import { isAwaited } from "./asks.ts";
import { AskNotes } from "./AskNotes.tsx";
import type { Desk } from "./desk.ts";
import { groups, unacknowledged, type Group } from "./groups.ts";
import type { Alert, CallView, Cause } from "./types.ts";

const CAUSES: Record<Cause, string> = {
  tone: "callers whose tone fell",
  interruptions: "calls with repeated interruptions",
  dead_air: "silent calls",
  words: "callers whose words turned",
};

interface Props {
  views: CallView[];
  onQueue: (queue: string) => void;
  desk: Desk;
}

/** A line for each queue in which many alerts came at once, and what can be done with all of them. */
export function Groups({ views, onQueue, desk }: Props) {
  const found = groups(views);
  if (!found.length) return null;
  return (
    <ul class="groups" data-testid="groups">
      {found.map((group) => (
        <Line key={`${group.queue}-${group.cause}`} group={group} onQueue={onQueue} desk={desk} />
      ))}
    </ul>
  );
}

function Line({ group, onQueue, desk }: { group: Group } & Omit<Props, "views">) {
  const { name, act } = desk;
  const ids = new Set(group.alerts.map((alert) => alert.alert_id));
  const asks = [...desk.asks.values()].filter((ask) => ids.has(ask.request.alert_id));
  const left = unacknowledged(group);

  const all = (alerts: Alert[], ask: (alert: Alert) => void) => alerts.forEach(ask);
  const can = desk.session.may.includes("act") && !asks.some(isAwaited);
  const what = `${group.queue || "no queue"}: ${group.calls} ${CAUSES[group.cause]}`;
  return (
    <li>
      <button type="button" class="what" onClick={() => onQueue(group.queue)}>
        <strong>{group.queue || "no queue"}</strong>: {group.calls} {CAUSES[group.cause]} <small>within two minutes</small>
      </button>
      <div class="all" role="group" aria-label={`What to do with all of ${what}`}>
        {left.length > 0 ? (
          <button
            type="button"
            disabled={!can}
            data-testid="group-acknowledge"
            onClick={() => all(left, (alert) => act(actionOn(alert, "acknowledge", name)))}
          >
            Acknowledge {left.length === group.alerts.length ? "all" : left.length}
          </button>
        ) : (
          <span class="seen">all acknowledged</span>
        )}
        <button
          type="button"
          disabled={!can}
          data-testid="group-snooze"
          onClick={() => all(group.alerts, (alert) => act(actionOn(alert, "snooze", name, { snooze_ms: SNOOZE_MS })))}
        >
          Snooze 5 min
        </button>
      </div>
      <AskNotes asks={asks} again={desk.again} dismiss={desk.dismiss} testid="group-failure" />
    </li>
  );
}
