import { clock, ruleText, wallClock } from "../words.ts";
import type { Player } from "./player.ts";
import { Timeline } from "./Timeline.tsx";
import type { AlertDetail } from "./types.ts";
import { dayAndClock, T } from "./words.ts";

interface Props {
  detail: AlertDetail;
  player: Player;
}

/** What there is of a moment, to be heard and read; the verdict stands beside it. */
export function MomentView({ detail, player }: Props) {
  const { moment, alert } = detail;
  return (
    <>
      <header class="moment-head">
        <h2>{moment.title || moment.call_id}</h2>
        <p>
          {dayAndClock(moment.onset_at_ms)}
          <small> · {clock(moment.onset_ms)} in the call · </small>
          {ruleText(alert)}
          <small>{[moment.queue, moment.team, moment.agent_name || moment.agent_id].filter(Boolean).map((one) => ` · ${one}`)}</small>
        </p>
        <p class="sentence">{alert.sentence}</p>
      </header>
      {detail.sound ? (
        <section class="sound" aria-label={T.position}>
          <Timeline detail={detail} sound={detail.sound} player={player} />
          <Controls player={player} />
        </section>
      ) : (
        <p class="note" data-testid="no-sound">
          {T.noSound}
        </p>
      )}
      <div class="columns">
        <Words detail={detail} player={player} />
        <section>
          <h3>{T.reasons}</h3>
          {detail.reasons.map((reason) => (
            <blockquote key={reason.moment_id}>
              <button type="button" class="time" onClick={() => player.seek(reason.at_ms)}>
                {clock(reason.at_ms)}
              </button>{" "}
              {reason.text} <small>{reason.source}</small>
            </blockquote>
          ))}
          <h3>{T.history}</h3>
          <ol class="history">
            {detail.states.map((state) => (
              <li key={state.seq}>
                <time>{state.at_ms ? wallClock(state.at_ms) : ""}</time> {state.event}
                {state.by && ` by ${state.by}`}
              </li>
            ))}
          </ol>
        </section>
      </div>
    </>
  );
}

function Controls({ player }: { player: Player }) {
  return (
    <div class="controls">
      <button type="button" aria-label={player.isPlaying ? T.pause : T.play} title={player.isPlaying ? T.pause : T.play} data-testid="play" aria-pressed={player.isPlaying} onClick={player.toggle}>
        {player.isPlaying ? "❚❚" : "▶"}
      </button>
      <button type="button" aria-label={T.back} title={T.back} onClick={() => player.seek(player.at_ms - 5000)}>
        −5 s
      </button>
      <button type="button" aria-label={T.forward} title={T.forward} onClick={() => player.seek(player.at_ms + 5000)}>
        +5 s
      </button>
      <span class="at" data-testid="at">
        {clock(player.at_ms)}
      </span>
      <button type="button" aria-label={T.slower} title={T.slower} onClick={() => player.change(-1)}>
        −
      </button>
      <span data-testid="speed">{player.speed} ×</span>
      <button type="button" aria-label={T.faster} title={T.faster} onClick={() => player.change(1)}>
        +
      </button>
    </div>
  );
}

/** A quotation has no end of its own: it is thought to last as long as a segment may. */
const QUOTE_MS = 4000;

function Words({ detail, player }: Props) {
  const isNow = (start_ms: number, end_ms: number | null) => player.at_ms >= start_ms && player.at_ms < (end_ms ?? start_ms + QUOTE_MS);
  return (
    <section>
      <h3>{T.words}</h3>
      {!detail.spoken.length && <p class="note">{T.noWords}</p>}
      <ol class="spoken">
        {detail.spoken.map((said) => (
          <li key={said.segment_id} aria-current={isNow(said.start_ms, said.end_ms) ? "true" : undefined} data-testid="spoken">
            <button type="button" class="time" onClick={() => player.seek(said.start_ms)}>
              {clock(said.start_ms)}
            </button>
            <span class={said.confidence < 0.5 ? "unsure" : ""}>
              {said.text} {said.source === "quote" && <small>{T.quoteOnly}</small>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
