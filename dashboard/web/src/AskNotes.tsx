import { askText, isAwaited, type Ask } from "./asks.ts";
import { T } from "./messages/index.ts";

interface Props {
  asks: Ask[];
  /** Sends the same request once more. */
  again: (ask: Ask) => void;
  dismiss: (ask: Ask) => void;
  /** Of which call it is; empty where that is plain. */
  titleOf?: (ask: Ask) => string;
  testid?: string;
}

/** What came to nothing, why, and the offer to try it again. */
export function AskNotes({ asks, again, dismiss, titleOf, testid = "act-failure" }: Props) {
  const troubled = asks.filter((ask) => !isAwaited(ask));
  if (!troubled.length) return null;
  return (
    <ul class="ask-notes" role="alert" data-testid={testid}>
      {troubled.map((ask) => (
        <li key={ask.request.action_id}>
          <span>
            <strong>
              {askText(ask.request)}
              {titleOf && `, ${titleOf(ask)}`}:
            </strong>{" "}
            {ask.text}
          </span>
          {ask.state !== "lost" && (
            <button type="button" data-testid="ask-again" onClick={() => again(ask)}>
              {T.asks.again}
            </button>
          )}
          <button type="button" data-testid="ask-dismiss" onClick={() => dismiss(ask)}>
            {ask.state === "lost" ? T.asks.allRight : T.asks.leave}
          </button>
        </li>
      ))}
    </ul>
  );
}
