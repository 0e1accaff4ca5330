import { T } from "./messages/index.ts";
import type { QueueLoad } from "./types.ts";

interface Props {
  count: number;
  load: readonly QueueLoad[];
  isShown: boolean;
  onShow: (isShown: boolean) => void;
}

/** How many alerts the board does not ask for, because of which budgets; and the way to them. */
export function HeldBack({ count, load, isShown, onShow }: Props) {
  if (!count) return null;
  const queues = load.filter((one) => one.held > 0).map((one) => T.held.over(one.queue || T.list.noQueue, one.budget));
  return (
    <p class="held-back" role="status" data-testid="held-back">
      <span>{isShown ? T.held.shown(count) : T.held.held(count, queues.join("; "))}</span>
      <button type="button" aria-pressed={isShown} data-testid="held-back-show" onClick={() => onShow(!isShown)}>
        {isShown ? T.held.hide : T.held.show}
      </button>
    </p>
  );
}
