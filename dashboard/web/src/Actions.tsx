import { useState } from "preact/hooks";
import { actionOn, SNOOZE_MS, SNOOZES_MS, type ActionRequest } from "./actions.ts";
import { asksOf, isAwaited } from "./asks.ts";
import { AskNotes } from "./AskNotes.tsx";
import type { Desk } from "./desk.ts";
import { draftOf, keepDraft } from "./drafts.ts";
import { isOpen } from "./order.ts";
import type { ActionKind, Alert } from "./types.ts";
import { actedText, wallClock } from "./words.ts";

interface Props {
  alert: Alert;
  isLive: boolean;
  desk: Desk;
}

/** The actions on an alert and their history. The buttons wait for the alert's own next event. */
export function Actions({ alert, isLive, desk }: Props) {
  const { name } = desk;
  const [draft, setDraft] = useState(() => draftOf(alert.alert_id));
  const [snooze_ms, setSnooze] = useState<number>(SNOOZE_MS);
  const [closes, setCloses] = useState(false);
  const open = isOpen(alert);
  const asks = asksOf(desk.asks, alert.alert_id);
  const waits = asks.some(isAwaited);
  // What was done has left the drafts; what is being typed is in both.
  const shown = draft.assignee || draft.note ? draftOf(alert.alert_id) : draft;
  const type = (more: Partial<typeof draft>) => {
    const next = { ...shown, ...more };
    keepDraft(alert.alert_id, next);
    setDraft(next);
  };

  const can = !waits;
  const ask = (action: ActionKind, more: Partial<ActionRequest> = {}) => desk.act(actionOn(alert, action, name, more));
  const button = (action: ActionKind, text: string, more: Partial<ActionRequest> = {}, testid = `act-${action}`) => (
    <button type="button" disabled={!can} data-testid={testid} onClick={() => ask(action, more)}>
      {text}
    </button>
  );

  if (alert.state === "pending") return null;
  if (!desk.session.may.includes("act")) return <Acted alert={alert} />;
  return (
    <div class="actions" data-testid="actions" aria-busy={waits}>
      <div class="buttons" role="group" aria-label="What to do with this alert">
        {!alert.acknowledged_by && button("acknowledge", "Acknowledge")}
        {alert.assigned_to !== name && button("assign", "Take it", { assignee: name })}
        {alert.assigned_to && button("assign", "Unassign", { assignee: "" }, "act-unassign")}
        {open && isLive && alert.snoozed_until_ms !== null && button("snooze", "End the snooze", { snooze_ms: 0 }, "act-wake")}
        {open && isLive && alert.snoozed_until_ms === null && (
          <span class="joined">
            {button("snooze", "Snooze", { snooze_ms })}
            <select aria-label="For how long" value={snooze_ms} data-testid="snooze-for" onChange={(e) => setSnooze(Number(e.currentTarget.value))}>
              {SNOOZES_MS.map((ms) => (
                <option key={ms} value={ms}>
                  {ms / 60_000} min
                </option>
              ))}
            </select>
          </span>
        )}
        {open && !closes && (
          <button type="button" disabled={!can} data-testid="act-resolve" onClick={() => setCloses(true)}>
            Close…
          </button>
        )}
        {!open && isLive && button("reopen", "Open again")}
      </div>
      {open && closes && (
        <div class="sure" role="group" aria-label="Close this alert?" data-testid="sure">
          <p>Close this alert? Its cause raises no other one until the caller was calm once.</p>
          <button
            type="button"
            disabled={!can}
            data-testid="act-resolve-sure"
            onClick={() => {
              setCloses(false);
              ask("resolve");
            }}
          >
            Close it
          </button>
          <button type="button" onClick={() => setCloses(false)}>
            Leave it open
          </button>
        </div>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          // Two actions: where somebody else was quicker, the note is written all the same.
          if (shown.assignee.trim()) ask("assign", { assignee: shown.assignee.trim() });
          if (shown.note.trim()) ask("comment", { note: shown.note.trim() });
        }}
      >
        <label>
          Give to
          <input value={shown.assignee} maxLength={80} placeholder="a colleague" data-testid="assignee" onInput={(e) => type({ assignee: e.currentTarget.value })} />
        </label>
        <label class="note-field">
          Note
          <input value={shown.note} maxLength={500} data-testid="note" onInput={(e) => type({ note: e.currentTarget.value })} />
        </label>
        <button type="submit" disabled={!can || !(shown.assignee.trim() || shown.note.trim())} data-testid="act-submit">
          {shown.assignee.trim() ? (shown.note.trim() ? "Give, with the note" : "Give") : "Write"}
        </button>
      </form>
      <AskNotes asks={asks} again={desk.again} dismiss={desk.dismiss} />
      <Acted alert={alert} />
    </div>
  );
}

/** What was done with it, the newest last. */
function Acted({ alert }: { alert: Alert }) {
  if (!alert.acted.length) return null;
  return (
    <ol class="history" aria-label="What users did" data-testid="history">
      {alert.acted.map((entry) => (
        <li key={entry.action_id || `${entry.acted_at_ms}-${entry.action}`}>
          <time dateTime={new Date(entry.acted_at_ms).toISOString()}>{wallClock(entry.acted_at_ms)}</time> {actedText(entry)}
        </li>
      ))}
    </ol>
  );
}
