import { T } from "./messages/index.ts";
import { leadingAlert } from "./order.ts";
import { firstClause, reasonFor } from "./reason.ts";
import type { CallView } from "./types.ts";
import { clock, durationNow, handledText, isCallerHeard, lineTexts, ruleName, signed, timeOfDay } from "./words.ts";
import { wallKind, wallOf } from "./wall.ts";

interface Props {
  /** In the order of the list. */
  views: readonly CallView[];
  totals: { live: number; firing: number };
  held: number;
  /** Empty while all is well; else why what is shown may be old. */
  trouble: string;
  server_now_ms: number;
  onLeave: () => void;
}

/** The board for a wall: nothing to touch, who and what and how bad, in a size for three metres. */
export function Wall({ views, totals, held, trouble, server_now_ms, onLeave }: Props) {
  const { shown, moreAlerts, moreCalls } = wallOf(views);
  return (
    <main class="wall" data-testid="wall">
      <header>
        <p class={totals.firing ? "count alarm" : "count"}>
          <strong data-testid="wall-firing">{totals.firing}</strong> {T.header.alerts(totals.firing)}
        </p>
        <p class="count">
          <strong>{totals.live}</strong> {T.header.live}
        </p>
        {trouble && (
          <p class="trouble" role="alert" data-testid="wall-trouble">
            {trouble}
          </p>
        )}
        <time>{timeOfDay(server_now_ms)}</time>
        <button type="button" class="icon" aria-label={T.wall.leave} title={T.wall.leave} data-testid="wall-leave" onClick={onLeave}>
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M3.5 3.5l9 9M12.5 3.5l-9 9" />
          </svg>
        </button>
      </header>
      <ol aria-label={T.list.label}>
        {shown.map((view) => (
          <Line view={view} server_now_ms={server_now_ms} key={view.call_id} />
        ))}
      </ol>
      {shown.length === 0 && <p class="none">{T.wall.none}</p>}
      <footer data-testid="wall-more">
        {[moreAlerts > 0 && T.wall.moreAlerts(moreAlerts), moreCalls > 0 && T.wall.moreCalls(moreCalls), held > 0 && T.wall.held(held)].filter(Boolean).join(" · ")}
      </footer>
    </main>
  );
}

/** A rest that is shorter is the mark that ends a sentence. */
const LEAST_CUES = 3;

function Line({ view, server_now_ms }: { view: CallView; server_now_ms: number }) {
  const kind = wallKind(view);
  const alert = kind === "calm" ? null : leadingAlert(view);
  const [first, rest] = firstClause(reasonFor(view, alert).text);
  // The heading has what happened and since when; under it stands what it is told by.
  const what = alert && rest.length > LEAST_CUES ? rest.replace(/^[:.;] /, "") : first;
  const line = lineTexts(view)[0] ?? "";
  return (
    <li class={`${kind}${alert && handledText(alert) ? " seen" : ""}`} data-testid="wall-row" data-call-id={view.call_id}>
      <div class="who">
        <h2>{view.call.title || view.call_id}</h2>
        <p>{[view.call.queue || T.list.noQueue, view.call.agent_name || view.call.agent_id, clock(durationNow(view, server_now_ms))].filter(Boolean).join(" · ")}</p>
      </div>
      <div class="what">
        {alert && (
          <h3>
            {T.wall.since(ruleName(alert.rule), clock(alert.onset_ms))} <span class="handled">{handledText(alert)}</span>
          </h3>
        )}
        <p>{line || what}</p>
      </div>
      <div class="how">
        <strong>{view.tone === null || !isCallerHeard(view) ? "–" : signed(view.tone, 1)}</strong>
        <span>{alert ? T.severities[alert.severity] : ""}</span>
      </div>
    </li>
  );
}
