import { T as MESSAGES } from "../messages/index.ts";
import { withoutAdvice } from "../reason.ts";
import { clock, ruleText, wallClock } from "../words.ts";
import type { Player } from "./player.ts";
import { Words } from "./SpokenWords.tsx";
import { SoundView } from "./SoundView.tsx";
import type { AlertDetail } from "./types.ts";
import { dayAndClock, eventText, T } from "./words.ts";

interface Props {
  detail: AlertDetail;
  player: Player;
  isSpectrogram: boolean;
  toggleSpectrogram: () => void;
  toCall: string;
  openCall: () => void;
}

/** What there is of a moment, to be heard and read; the verdict stands beside it. */
export function MomentView({ detail, player, isSpectrogram, toggleSpectrogram, toCall, openCall }: Props) {
  const { moment, alert } = detail;
  const marks = [
    { ms: alert.onset_ms, name: T.onset, kind: "onset" as const },
    { ms: alert.fired_ms, name: T.fired, kind: "fired" as const },
  ];
  return (
    <>
      <header class="moment-head">
        <h2>{moment.title || moment.call_id}</h2>
        <p>
          {dayAndClock(moment.onset_at_ms)}
          <small> · {T.inTheCall(clock(moment.onset_ms))} · </small>
          {ruleText(alert)}
          <small>{[moment.queue, moment.team, moment.agent_name || moment.agent_id].filter(Boolean).map((one) => ` · ${one}`)}</small>
        </p>
        <p class="sentence">{withoutAdvice(alert.sentence)}</p>
        <p>
          <a
            href={toCall}
            data-testid="to-call"
            onClick={(event) => {
              if (event.ctrlKey || event.metaKey || event.shiftKey) return;
              event.preventDefault();
              openCall();
            }}
          >
            {T.wholeCall}
          </a>
        </p>
      </header>
      {detail.sound ? (
        <SoundView tone={detail.tone} sound={detail.sound} {...{ marks, player, isSpectrogram, toggleSpectrogram }} />
      ) : (
        <p class="note" data-testid="no-sound">
          {T.noSound}
        </p>
      )}
      <div class="columns">
        <Words spoken={detail.spoken} player={player} />
        <section>
          <h3>{T.reasons}</h3>
          {detail.reasons.map((reason) => (
            <blockquote key={reason.moment_id}>
              <button type="button" class="time" onClick={() => player.seek(reason.at_ms)}>
                {clock(reason.at_ms)}
              </button>{" "}
              {reason.text} <small>{reason.source === "model" ? MESSAGES.reason.model : MESSAGES.reason.facts}</small>
            </blockquote>
          ))}
          <h3>{T.history}</h3>
          <ol class="history">
            {detail.states.map((state) => (
              <li key={state.seq}>
                <time>{state.at_ms ? wallClock(state.at_ms) : ""}</time> {eventText(state.event, state.by)}
              </li>
            ))}
          </ol>
        </section>
      </div>
    </>
  );
}
