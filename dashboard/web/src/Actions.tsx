import { useState } from "preact/hooks";
import { actionOn, SNOOZE_MS, SNOOZES_MS, type ActionRequest } from "./actions.ts";
import { asksOf, isAwaited } from "./asks.ts";
import { AskNotes } from "./AskNotes.tsx";
import type { Desk } from "./desk.ts";
import { draftOf, keepDraft } from "./drafts.ts";
import { T } from "./messages/index.ts";
import { plain } from "./numbers.ts";
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
      <div class="buttons" role="group" aria-label={T.actions.label}>
        {!alert.acknowledged_by && button("acknowledge", T.actions.acknowledge)}
        {alert.assigned_to !== name && button("assign", T.actions.take, { assignee: name })}
        {alert.assigned_to && button("assign", T.actions.unassign, { assignee: "" }, "act-unassign")}
        {open && isLive && alert.snoozed_until_ms !== null && button("snooze", T.actions.wake, { snooze_ms: 0 }, "act-wake")}
        {open && isLive && alert.snoozed_until_ms === null && (
          <span class="joined">
            {button("snooze", T.actions.snooze, { snooze_ms })}
            <select aria-label={T.actions.howLong} value={snooze_ms} data-testid="snooze-for" onChange={(e) => setSnooze(Number(e.currentTarget.value))}>
              {SNOOZES_MS.map((ms) => (
                <option key={ms} value={ms}>
                  {T.actions.minutes(plain(ms / 60_000, 0))}
                </option>
              ))}
            </select>
          </span>
        )}
        {open && !closes && (
          <button type="button" disabled={!can} data-testid="act-resolve" onClick={() => setCloses(true)}>
            {T.actions.close}
          </button>
        )}
        {!open && isLive && button("reopen", T.actions.reopen)}
      </div>
      {open && closes && (
        <div class="sure" role="group" aria-label={T.actions.sure} data-testid="sure">
          <p>{T.actions.sureText}</p>
          <button
            type="button"
            disabled={!can}
            data-testid="act-resolve-sure"
            onClick={() => {
              setCloses(false);
              ask("resolve");
            }}
          >
            {T.actions.closeIt}
          </button>
          <button type="button" onClick={() => setCloses(false)}>
            {T.actions.leaveOpen}
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
          {T.actions.giveTo}
          <input value={shown.assignee} maxLength={80} placeholder={T.actions.colleague} data-testid="assignee" onInput={(e) => type({ assignee: e.currentTarget.value })} />
        </label>
        <label class="note-field">
          {T.actions.note}
          <input value={shown.note} maxLength={500} data-testid="note" onInput={(e) => type({ note: e.currentTarget.value })} />
        </label>
        <button type="submit" disabled={!can || !(shown.assignee.trim() || shown.note.trim())} data-testid="act-submit">
          {shown.assignee.trim() ? (shown.note.trim() ? T.actions.giveWithNote : T.actions.give) : T.actions.write}
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
    <ol class="history" aria-label={T.actions.history} data-testid="history">
      {alert.acted.map((entry) => (
        <li key={entry.action_id || `${entry.acted_at_ms}-${entry.action}`}>
          <time dateTime={new Date(entry.acted_at_ms).toISOString()}>{wallClock(entry.acted_at_ms)}</time> {actedText(entry)}
        </li>
      ))}
    </ol>
  );
}
