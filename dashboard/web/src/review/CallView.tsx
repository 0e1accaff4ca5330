import { clock, ruleName } from "../words.ts";
import type { Player } from "./player.ts";
import { SoundView } from "./SoundView.tsx";
import { Words } from "./SpokenWords.tsx";
import type { CallDetail, Verdict, VerdictKind } from "./types.ts";
import { dayAndClock, T } from "./words.ts";

interface Props {
  detail: CallDetail;
  player: Player;
  isSpectrogram: boolean;
  toggleSpectrogram: () => void;
  linkTo: (alert_id: string) => string;
  judge: (verdict: VerdictKind, at_ms: number) => void;
  status: string;
  next: () => void;
}

/** A call that was kept, to be heard and judged as a whole: what was missed in it, or that nothing was. */
export function CallView({ detail, player, isSpectrogram, toggleSpectrogram, linkTo, judge, status, next }: Props) {
  const { call, moments, review } = detail;
  const missed = [...review.mine, ...review.others].filter((verdict) => verdict.verdict === "missed");
  const marks = [
    ...moments.map((moment) => ({ ms: moment.onset_ms, name: ruleName(moment.rule), kind: "onset" as const })),
    ...missed.map((verdict) => ({ ms: verdict.at_ms, name: T.missedName, kind: "missed" as const })),
  ];
  const tone = detail.tone.flatMap((point) => (point.tone === null ? [] : [{ ...point, tone: point.tone }]));
  return (
    <>
      <header class="moment-head">
        <h2>{call.title || call.call_id}</h2>
        <p>
          {dayAndClock(call.started_at_ms)}
          <small>
            {call.duration_ms !== null && ` · ${clock(call.duration_ms)}`}
            {[call.queue, call.team, call.agent_name || call.agent_id].filter(Boolean).map((one) => ` · ${one}`)}
            {call.sampled && ` · ${T.sampled}`}
          </small>
        </p>
        <p>
          {moments.length === 0 && T.noAlerts}
          {moments.map((moment) => (
            <a href={linkTo(moment.alert_id)} class="of-call" key={moment.alert_id}>
              {ruleName(moment.rule)} {clock(moment.onset_ms)}
            </a>
          ))}
        </p>
      </header>
      {detail.sound ? (
        <SoundView sound={detail.sound} {...{ tone, marks, player, isSpectrogram, toggleSpectrogram }} />
      ) : (
        <p class="note" data-testid="no-sound">
          {T.noCallSound}
        </p>
      )}
      <div class="columns">
        <Words spoken={detail.spoken} player={player} />
        <Said detail={detail} player={player} />
      </div>
      <section class="judge" aria-label={T.verdict}>
        <div class="verdicts" role="group" aria-label={T.verdict}>
          <button type="button" aria-pressed={call.mine === "right"} disabled={review.closed && !call.mine} data-testid="call-right" onClick={() => judge("right", 0)}>
            <kbd>1</kbd> {T.nothingMissed}
          </button>
          <button type="button" aria-pressed={call.mine === "missed"} disabled={review.closed && !call.mine} data-testid="call-missed" onClick={() => judge("missed", player.at_ms)}>
            <kbd>m</kbd> {T.missedAt(clock(player.at_ms))}
          </button>
          <button type="button" class="quiet" onClick={next}>
            {T.next}
          </button>
        </div>
        <p class="status" role="status" data-testid="judge-status">
          {status || (review.closed && !call.mine ? T.closed : "")}
        </p>
        {!call.mine && !review.closed && review.given > 0 && (
          <p class="others" data-testid="blind">
            {T.blind(review.given)}
          </p>
        )}
      </section>
    </>
  );
}

function Said({ detail, player }: Pick<Props, "detail" | "player">) {
  const { mine, others, together } = detail.review;
  const line = (verdict: Verdict) => (
    <li key={verdict.verdict_id} data-testid="call-verdict">
      {verdict.verdict === "missed" && (
        <button type="button" class="time" onClick={() => player.seek(verdict.at_ms)}>
          {clock(verdict.at_ms)}
        </button>
      )}{" "}
      {T.said(verdict.by, T.callVerdicts[verdict.verdict as "right"], verdict.note, verdict.sighted)}
    </li>
  );
  if (!mine.length && !others.length) return null;
  return (
    <section>
      <h3>{T.judgedSoFar}</h3>
      <ul>{[...mine, ...others].map(line)}</ul>
      {together === "disputed" && <p>{T.disputed}</p>}
    </section>
  );
}
