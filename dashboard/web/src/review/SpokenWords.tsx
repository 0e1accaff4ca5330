import { clock } from "../words.ts";
import type { Player } from "./player.ts";
import type { Spoken } from "./types.ts";
import { T } from "./words.ts";

/** A quotation has no end of its own: it is thought to last as long as a segment may. */
const QUOTE_MS = 4000;

interface Props {
  spoken: readonly Spoken[];
  player: Player;
}

/** What the caller said, in step with the sound. */
export function Words({ spoken, player }: Props) {
  const isNow = (start_ms: number, end_ms: number | null) => player.at_ms >= start_ms && player.at_ms < (end_ms ?? start_ms + QUOTE_MS);
  return (
    <section>
      <h3>{T.words}</h3>
      {!spoken.length && <p class="note">{T.noWords}</p>}
      <ol class="spoken">
        {spoken.map((said) => (
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
