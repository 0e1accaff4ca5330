import { useEffect, useRef } from "preact/hooks";
import { withoutAdvice } from "../reason.ts";
import { ruleName } from "../words.ts";
import type { Moment } from "./types.ts";
import { dayAndClock, T } from "./words.ts";

interface Props {
  moments: readonly Moment[];
  open: string;
  isLoading: boolean;
  isFiltered: boolean;
  hasMore: boolean;
  linkTo: (alert_id: string) => string;
  choose: (alert_id: string) => void;
  more: () => void;
}

export function List({ moments, open, isLoading, isFiltered, hasMore, linkTo, choose, more }: Props) {
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => list.current?.querySelector("[aria-current=true]")?.scrollIntoView({ block: "nearest" }), [open, moments]);
  if (!moments.length) return <p class="nothing">{isLoading ? T.loading : isFiltered ? T.nothing : T.nothingYet}</p>;
  return (
    <ol class="moments" ref={list} aria-label={T.moments}>
      {moments.map((moment) => (
        <li key={moment.alert_id}>
          <a
            href={linkTo(moment.alert_id)}
            aria-current={moment.alert_id === open ? "true" : undefined}
            data-testid="moment"
            data-alert-id={moment.alert_id}
            onClick={(event) => {
              if (event.ctrlKey || event.metaKey || event.shiftKey) return;
              event.preventDefault();
              choose(moment.alert_id);
            }}
          >
            <span class="when">{dayAndClock(moment.onset_at_ms)}</span>
            <span class={`severity ${moment.severity}`}>{ruleName(moment.rule)}</span>
            <span class="what">{moment.title || moment.call_id}</span>
            <span class="judged" data-verdict={moment.mine || (moment.given ? "given" : "none")}>
              {T.verdicts[moment.mine] || (moment.given ? T.given(moment.given) : "")}
            </span>
            <span class="whose">{[moment.queue, moment.team, moment.agent_name || moment.agent_id].filter(Boolean).join(" · ")}</span>
            <span class="text">{moment.found ? `“${moment.found}”` : withoutAdvice(moment.sentence)}</span>
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
