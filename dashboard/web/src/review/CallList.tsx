import { useEffect, useRef } from "preact/hooks";
import { clock } from "../words.ts";
import type { CallRow } from "./types.ts";
import { dayAndClock, T } from "./words.ts";

interface Props {
  calls: readonly CallRow[];
  open: string;
  isLoading: boolean;
  hasMore: boolean;
  linkTo: (call_id: string) => string;
  choose: (call_id: string) => void;
  more: () => void;
}

/** The setting, the same in every language. */
const SAMPLE = "TONEWATCH_ARCHIVE_SAMPLE";

/** Calls of the random sample in which nothing alerted. */
export function CallList({ calls, open, isLoading, hasMore, linkTo, choose, more }: Props) {
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => list.current?.querySelector("[aria-current=true]")?.scrollIntoView({ block: "nearest" }), [open, calls]);
  if (!calls.length) return <p class="nothing">{isLoading ? T.loading : T.noQuiet(SAMPLE)}</p>;
  return (
    <ol class="moments" ref={list} aria-label={T.quiet}>
      {calls.map((call) => (
        <li key={call.call_id}>
          <a
            href={linkTo(call.call_id)}
            aria-current={call.call_id === open ? "true" : undefined}
            data-testid="quiet-call"
            data-call-id={call.call_id}
            onClick={(event) => {
              if (event.ctrlKey || event.metaKey || event.shiftKey) return;
              event.preventDefault();
              choose(call.call_id);
            }}
          >
            <span class="when">{dayAndClock(call.started_at_ms)}</span>
            <span class="judged">{call.duration_ms === null ? "" : clock(call.duration_ms)}</span>
            <span class="what">{call.title || call.call_id}</span>
            <span class="judged" data-verdict={call.mine || (call.given ? "given" : "none")}>
              {T.callVerdicts[call.mine] || (call.given ? T.given(call.given) : "")}
            </span>
            <span class="whose">{[call.queue, call.team, call.agent_name || call.agent_id].filter(Boolean).join(" · ")}</span>
            {call.found && <span class="text">{`“${call.found}”`}</span>}
          </a>
        </li>
      ))}
      {hasMore && (
        <li>
          <button type="button" class="more" onClick={more}>
            {T.more}
          </button>
        </li>
      )}
    </ol>
  );
}
