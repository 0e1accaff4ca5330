/** Small parts that rows and details share. */

import { T } from "./messages/index.ts";
import type { Reason } from "./reason.ts";
import { agentOf } from "./order.ts";
import type { Alert, AlertState, CallAttributes, CallView } from "./types.ts";
import { abstention, clock, handledText, lineTexts, ruleName, plain, signed, stateName } from "./words.ts";

/** Paths of the chips' signs, in a box of 16 by 16. */
const GLYPHS: Record<AlertState, string> = {
  pending: "M4 8h1M8 8h.1M11 8h1",
  firing: "M8 2.5 14.5 13.5h-13zM8 6.5v3.6M8 11.9v.1",
  confirmed: "M2.8 8.6 6.4 12 13.2 4.4",
  withdrawn: "M4 8h8",
  resolved: "M3 5.5c3-3.5 10-2 10 3s-7 6-10 2.5M3 2.5v3.4h3.4",
};

export function AlertChip({ alert }: { alert: Alert }) {
  return (
    <span class="chip" data-testid="alert-chip" data-state={alert.state} data-severity={alert.severity} data-resolved-by={alert.resolved_by} title={ruleName(alert.rule)}>
      <svg viewBox="0 0 16 16" width="13" height="13" aria-hidden="true">
        <path d={GLYPHS[alert.state]} />
      </svg>
      {stateName(alert)}
      <span class="chip-time">{clock(alert.state === "resolved" ? (alert.resolved_ms ?? alert.onset_ms) : alert.onset_ms)}</span>
    </span>
  );
}

/** Who looks after it. */
export function Handled({ alert }: { alert: Alert }) {
  const text = handledText(alert);
  return text ? (
    <span class="handled" data-testid="handled">
      {text}
    </span>
  ) : null;
}

export function Source({ source }: { source: Reason["source"] }) {
  if (source === null) return null;
  const title = source === "model" ? T.reason.modelTitle : T.reason.factsTitle;
  return (
    <span class={`source ${source}`} title={title}>
      {source === "model" ? T.reason.model : T.reason.facts}
    </span>
  );
}

export function Synthetic({ view }: { view: CallView }) {
  return view.call.synthetic ? (
    <span class="badge" title={T.list.syntheticTitle}>
      {T.list.synthetic}
    </span>
  ) : null;
}

/** What the lines do where a party is not heard; nothing where all are live. */
export function Lines({ view }: { view: CallView }) {
  return (
    <>
      {lineTexts(view).map((text) => (
        <p class="line-state" data-testid="line-state" key={text}>
          {text}
        </p>
      ))}
    </>
  );
}

/** A mono recording: the caller cannot be told from the agent. */
export function Mono({ view }: { view: CallView }) {
  return view.call.roles.includes("mixed") ? (
    <span class="badge" title={T.list.monoTitle}>
      {T.list.mono}
    </span>
  ) : null;
}

export function ToneNumber({ view }: { view: CallView }) {
  if (view.tone === null) {
    return (
      <span class="tone-number none" title={view.abstained ? abstention(view.abstained) : (lineTexts(view)[0] ?? T.line.nothingYet)} data-testid="not-judged-now">
        –
      </span>
    );
  }
  const kind = view.tone <= -0.3 ? "bad" : view.tone >= 0.3 ? "good" : "even";
  return (
    <span class={`tone-number ${kind}`} title={T.line.number(plain(view.spread))}>
      {signed(view.tone)}
    </span>
  );
}

/** Only a secure page of elsewhere: whatever else a call's start message names is no link. */
export function listenLink(call: CallAttributes): string {
  try {
    return new URL(call.listen_url).protocol === "https:" ? call.listen_url : "";
  } catch {
    return "";
  }
}

/** Who speaks: agent, team and caller, as the call's start message has them; whole, and with the way to listen in while it goes on. */
export function Who({ call, isWhole = false, isLive = false }: { call: CallAttributes; isWhole?: boolean; isLive?: boolean }) {
  const agent = agentOf(call);
  const listen = isWhole && isLive ? listenLink(call) : "";
  return (
    <>
      {agent && (
        <span class="agent" data-testid="agent" title={T.list.agentTitle(call.team)}>
          {agent}
        </span>
      )}
      {call.team && (isWhole || !agent) && <span data-testid="team">{isWhole ? T.list.team(call.team) : call.team}</span>}
      {call.caller_shown && (
        <span data-testid="caller" title={T.list.caller}>
          {call.caller_shown}
        </span>
      )}
      {listen && (
        <a href={listen} target="_blank" rel="noopener noreferrer" data-testid="listen">
          {T.list.listen}
        </a>
      )}
    </>
  );
}
