import { useState } from "preact/hooks";
import { actionOn, SNOOZE_MS, WAIT_MS, type Act, type ActionRequest } from "./actions.ts";
import { isOpen } from "./order.ts";
import type { ActionKind, Alert } from "./types.ts";
import { actedText } from "./words.ts";
import { rememberUserName, userName } from "./user.ts";

interface Props {
  alert: Alert;
  isLive: boolean;
  act: Act;
  failure: string;
}

/** The actions on an alert and their history. The buttons wait for the alert's own next event. */
export function Actions({ alert, isLive, act, failure }: Props) {
  const [name, setName] = useState(userName);
  const [other, setOther] = useState("");
  const [note, setNote] = useState("");
  const [asked, setAsked] = useState({ seq: -1, action: "" });
  const open = isOpen(alert);
  // The event that answers an action raises the alert's seq, which ends the wait.
  const waits = asked.seq === alert.seq && !failure;

  const ask = (action: ActionKind, more: Partial<ActionRequest> = {}) => {
    rememberUserName(name);
    setAsked({ seq: alert.seq, action });
    setTimeout(() => setAsked({ seq: -1, action: "" }), WAIT_MS);
    act(actionOn(alert, action, name, more));
  };
  const button = (action: ActionKind, text: string, more: Partial<ActionRequest> = {}) => (
    <button type="button" disabled={!name.trim() || waits} data-testid={`act-${action}`} onClick={() => ask(action, more)}>
      {text}
    </button>
  );

  if (alert.state === "pending") return null;
  return (
    <div class="actions" data-testid="actions" aria-busy={waits}>
      <div class="buttons" role="group" aria-label="What to do with this alert">
        {!alert.acknowledged_by && button("acknowledge", "Acknowledge")}
        {open && isLive && alert.snoozed_until_ms === null && button("snooze", "Snooze 5 min", { snooze_ms: SNOOZE_MS })}
        {alert.assigned_to !== name.trim() && button("assign", "Take it", { assignee: name.trim() })}
        {open && button("resolve", "Close")}
        {!open && isLive && button("reopen", "Open again")}
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (other.trim()) ask("assign", { assignee: other.trim() });
          else if (note.trim()) ask("comment", { note: note.trim() });
          setOther("");
          setNote("");
        }}
      >
        <label>
          You
          <input value={name} maxLength={80} placeholder="your name" data-testid="my-name" onInput={(e) => setName(e.currentTarget.value)} />
        </label>
        <label>
          Give to
          <input value={other} maxLength={80} placeholder="a colleague" data-testid="assignee" onInput={(e) => setOther(e.currentTarget.value)} />
        </label>
        <label class="note-field">
          Note
          <input value={note} maxLength={500} data-testid="note" onInput={(e) => setNote(e.currentTarget.value)} />
        </label>
        <button type="submit" disabled={!name.trim() || waits || !(other.trim() || note.trim())} data-testid="act-submit">
          {other.trim() ? "Give" : "Write"}
        </button>
      </form>
      {!name.trim() && <p class="note">Say who you are: what is done with an alert is kept with a name and a time.</p>}
      {failure && (
        <p class="note failure" role="alert" data-testid="act-failure">
          {failure}
        </p>
      )}
      {alert.acted.length > 0 && (
        <ol class="history" aria-label="What users did" data-testid="history">
          {alert.acted.map((entry) => (
            <li key={`${entry.acted_at_ms}-${entry.action}`}>
              <time dateTime={new Date(entry.acted_at_ms).toISOString()}>{new Date(entry.acted_at_ms).toLocaleTimeString()}</time>{" "}
              {actedText(entry)}
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
