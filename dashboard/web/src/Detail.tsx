import { useEffect, useRef } from "preact/hooks";
import { Actions } from "./Actions.tsx";
import type { Desk } from "./desk.ts";
import { Claims, EvidenceTable, FactsRows, PosteriorBars, Provenance, Quotes } from "./evidence.tsx";
import { alertsShown, isActive, isOpen, shownAlert } from "./order.ts";
import { AlertChip, Handled, Lines, Mono, Source, Synthetic, ToneNumber, Who } from "./parts.tsx";
import { T } from "./messages/index.ts";
import { accountOf, firstClause, freshReason, isOfNow, reasonFor } from "./reason.ts";
import { ReviewLink } from "./ReviewLink.tsx";
import { ToneLine } from "./ToneLine.tsx";
import type { Alert, CallView } from "./types.ts";
import { abstention, clock, durationNow, isOnHold, signed, unjudged, wallClock } from "./words.ts";

interface Props {
  view: CallView;
  /** The alert that was chosen; empty where none was. */
  chosen: string;
  choose: (alert_id: string) => void;
  /** Where an alert of this call is found. */
  link: (alert_id: string) => string;
  pending: boolean;
  /** Ids of alerts that the board does not ask for. */
  held: ReadonlySet<string>;
  server_now_ms: number;
  onClose: () => void;
  desk: Desk;
}

/** Everything a supervisor may want to check about one call. */
export function Detail({ view, chosen, choose, link, pending, held, server_now_ms, onClose, desk }: Props) {
  const alert = shownAlert(view, chosen);
  const shown = alert && alert.state !== "pending" ? alert.alert_id : "";
  // An alert that comes meanwhile does not take the place of the one that somebody is about to act on.
  useEffect(() => {
    if (shown !== chosen) choose(shown);
  }, [shown]);
  const others = alertsShown(view, pending).filter((one) => one !== alert);
  const isNow = view.state === "live" && (!alert || isOpen(alert));
  const reason = reasonFor(view, alert);
  const rationale = alert ? view.rationales[alert.alert_id] : freshReason(view);
  const facts = alert?.facts.facts ?? view.facts;
  const pane = useRef<HTMLElement>(null);
  useEffect(() => {
    pane.current?.scrollTo(0, 0);
    // Not from a field that somebody types in: a key that needs a name leads to the header's.
    if (!document.activeElement?.matches("input, select, textarea")) pane.current?.focus({ preventScroll: true });
  }, [view.call_id]);
  return (
    <aside id="detail" class="detail" aria-label={T.detail.label(view.call.title || view.call_id)} ref={pane} tabIndex={-1} data-testid="detail">
      <header>
        <div>
          <h2>{view.call.title || view.call_id}</h2>
          <p class="meta">
            <span>{view.call.queue || T.list.noQueue}</span>
            <span class="duration">{clock(durationNow(view, server_now_ms))}</span>
            <span>{view.state !== "live" ? T.list.ended : isOnHold(view) ? T.list.onHold : T.list.live}</span>
            <Synthetic view={view} />
            <Mono view={view} />
          </p>
          <p class="meta">
            <Who call={view.call} isWhole isLive={view.state === "live"} />
          </p>
          <p class="meta id">
            {view.call_id}{" "}
            <a href={link(alert?.alert_id ?? "")} data-testid="link">
              {alert ? T.detail.linkAlert : T.detail.linkCall}
            </a>{" "}
            {shown && <ReviewLink alert_id={shown}>{T.detail.review}</ReviewLink>}
          </p>
        </div>
        <ToneNumber view={view} />
        <button type="button" class="icon" aria-label={T.page.closeKey} title={T.page.closeKey} onClick={onClose}>
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path d="M3.5 3.5l9 9M12.5 3.5l-9 9" />
          </svg>
        </button>
      </header>
      <ToneLine view={view} height={210} large pending={pending} thresholds={alert?.thresholds} />
      <Lines view={view} />
      {view.abstained && view.state === "live" && <p class="note">{abstention(view.abstained)}.</p>}
      <section class="verdict">
        {alert && (
          <span class="chips">
            <AlertChip alert={alert} />
            <Handled alert={alert} />
            {held.has(alert.alert_id) && (
              <span class="badge" title={T.held.markTitle} data-testid="held-mark">
                {T.held.mark}
              </span>
            )}
          </span>
        )}
        <p class="reason">
          {reason.text} <Source source={reason.source} />
        </p>
        {alert && <Timeline alert={alert} started_at_ms={view.call.started_at_ms} />}
        {alert && <Actions alert={alert} isLive={view.state === "live"} desk={desk} key={alert.alert_id} />}
        <Others alerts={others.filter(isActive)} name={T.detail.alsoOpen} view={view} choose={choose} />
      </section>
      <Account view={view} alert={alert} />
      <NotJudged view={view} />
      {rationale && <Claims rationale={rationale} isOfNow={isOfNow(view, alert)} />}
      {alert && <Quotes quotes={alert.facts.quotes} />}
      {facts.length > 0 && <FactsRows facts={facts} table={alert?.facts ?? null} />}
      <PosteriorBars isNow={isNow} isCalm={!isOpen(alert)} now={alert?.facts.posterior ?? view.posterior} baseline={alert?.facts.posterior_baseline ?? null} />
      {alert && <EvidenceTable alert={alert} />}
      {alert && <Provenance alert={alert} rationale={rationale ?? null} />}
      <Others alerts={others.filter((one) => !isActive(one))} name={T.detail.others} view={view} choose={choose} />
    </aside>
  );
}

/** Times of the call, with the time of day beside them where the call's start is known. */
function Timeline({ alert, started_at_ms }: { alert: Alert; started_at_ms: number }) {
  const day = (ms: number) => (started_at_ms ? wallClock(started_at_ms + ms) : "");

  const steps = [
    [T.detail.onset, clock(alert.onset_ms), day(alert.onset_ms)],
    [T.detail.fired, clock(alert.fired_ms), day(alert.fired_ms)],
    [T.detail.peak, T.detail.at(clock(alert.peak_ms), signed(alert.peak_tone)), day(alert.peak_ms)],
    alert.resolved_ms === null
      ? null
      : [T.detail.ended[alert.resolved_by], clock(alert.resolved_ms), day(alert.resolved_ms)],
  ].filter((step): step is [string, string, string] => step !== null);
  return (
    <dl class="timeline">
      {steps.map(([name, value, at]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {value} {at && <small>{at}</small>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** What was told of the call, by time; its last line sums it up. */
function Account({ view, alert }: { view: CallView; alert: Alert | null }) {
  if (view.account.length < 2) return null;
  return (
    <section data-testid="account">
      <h3>{T.detail.account}</h3>
      <ol class="account">
        {accountOf(view, alert).map((line) => {
          const [first, rest] = firstClause(line.text);
          return (
            <li key={line.moment_id} class={line.closing ? "closing" : undefined}>
              <span class="at">{clock(line.at_ms)}</span>
              <p>
                <b>{first}</b>
                {rest} <Source source={line.source === "model" ? "model" : "facts"} />
              </p>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

/** Why the tone line has gaps. */
function NotJudged({ view }: { view: CallView }) {
  const found = unjudged(view.points);
  if (!found.length) return null;
  const times = found.reduce((sum, { times }) => sum + times, 0);
  return (
    <section data-testid="not-judged">
      <h3>
        {T.detail.notJudged} <small>{T.detail.ofSegments(times, view.points.length)}</small>
      </h3>
      <ul class="plain">
        {found.map(({ reason, times, last_ms }) => (
          <li key={reason}>
            {T.detail.unjudged(abstention(reason), times, clock(last_ms))}
          </li>
        ))}
      </ul>
    </section>
  );
}

interface OthersProps {
  alerts: Alert[];
  name: string;
  view: CallView;
  choose: (alert_id: string) => void;
}

function Others({ alerts, name, view, choose }: OthersProps) {
  if (!alerts.length) return null;
  return (
    <section data-testid="others">
      <h3>{name}</h3>
      <ul class="others">
        {alerts.map((alert) => (
          <li key={alert.alert_id}>
            <button type="button" onClick={() => choose(alert.alert_id)}>
              <AlertChip alert={alert} /> <span>{reasonFor(view, alert).text}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
