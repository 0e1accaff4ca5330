import { clock } from "../words.ts";
import type { Player } from "./player.ts";
import { Timeline, type Judgement, type Marked } from "./Timeline.tsx";
import type { Sound } from "./types.ts";
import { T } from "./words.ts";

interface Props {
  tone: readonly Judgement[];
  marks: readonly Marked[];
  sound: Sound;
  player: Player;
  isSpectrogram: boolean;
  toggleSpectrogram: () => void;
}

/** The sound with what plays it. */
export function SoundView({ tone, marks, sound, player, isSpectrogram, toggleSpectrogram }: Props) {
  return (
    <section class="sound" aria-label={T.position}>
      <Timeline {...{ tone, marks, sound, player, isSpectrogram }} />
      <Controls {...{ player, isSpectrogram, toggleSpectrogram }} />
      {sound.parts.some((part) => part.role === "agent" && part.status === "kept") && <p class="note">{T.twoVoices}</p>}
    </section>
  );
}

function Controls({ player, isSpectrogram, toggleSpectrogram }: Pick<Props, "player" | "isSpectrogram" | "toggleSpectrogram">) {
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
      <button type="button" aria-pressed={isSpectrogram} title={T.spectrogram} data-testid="spectrogram-button" onClick={toggleSpectrogram}>
        {T.spectrogramName}
      </button>
    </div>
  );
}
