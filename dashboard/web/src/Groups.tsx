import { actionOn, SNOOZE_MS } from "./actions.ts";
import { isAwaited } from "./asks.ts";
import { AskNotes } from "./AskNotes.tsx";
import type { Desk } from "./desk.ts";
import { groups, unacknowledged, type Group } from "./groups.ts";
import { T } from "./messages/index.ts";
import { plain } from "./numbers.ts";
import type { Alert, CallView } from "./types.ts";

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
  const queue = group.queue || T.list.noQueue;
  const cause = `${group.calls} ${T.groups.causes[group.cause]}`;
  return (
    <li>
      <button type="button" class="what" onClick={() => onQueue(group.queue)}>
        <strong>{queue}</strong>: {cause} <small>{T.groups.within}</small>
      </button>
      <div class="all" role="group" aria-label={T.groups.whatToDo(`${queue}: ${cause}`)}>
        {left.length > 0 ? (
          <button
            type="button"
            disabled={!can}
            data-testid="group-acknowledge"
            onClick={() => all(left, (alert) => act(actionOn(alert, "acknowledge", name)))}
          >
            {T.groups.acknowledge(left.length === group.alerts.length ? null : left.length)}
          </button>
        ) : (
          <span class="seen">{T.groups.allAcknowledged}</span>
        )}
        <button
          type="button"
          disabled={!can}
          data-testid="group-snooze"
          onClick={() => all(group.alerts, (alert) => act(actionOn(alert, "snooze", name, { snooze_ms: SNOOZE_MS })))}
        >
          {T.actions.snoozeFor(plain(SNOOZE_MS / 60_000, 0))}
        </button>
      </div>
      <AskNotes asks={asks} again={desk.again} dismiss={desk.dismiss} testid="group-failure" />
    </li>
  );
}
