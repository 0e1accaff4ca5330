import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { T } from "./messages/index.ts";
import { Row } from "./Row.tsx";
import type { CallView } from "./types.ts";
import { useSeenRows } from "./useSeenRows.ts";
import { pieces } from "./window.ts";

interface Props {
  views: CallView[];
  openId: string | null;
  server_now_ms: number;
  pending: boolean;
  onOpen: (id: string) => void;
  /** The pointer or the focus is in the list, or left it. */
  onHold: (isHeld: boolean) => void;
}

const STILL = "(prefers-reduced-motion: reduce)";

/** The list in its order; only what is in sight is drawn. A row that moves glides to its new position; the focus stays. */
export function Rows({ views, openId, server_now_ms, pending, onOpen, onHold }: Props) {
  const list = useRef<HTMLOListElement>(null);
  const places = useRef(new Map<string, number>());
  const focused = useRef<Element | null>(null);
  const inside = useRef({ pointer: false, focus: false });
  const enter = (change: Partial<typeof inside.current>) => {
    inside.current = { ...inside.current, ...change };
    onHold(inside.current.pointer || inside.current.focus);
  };
  // A list that goes away (another filter) holds nothing.
  useEffect(() => () => onHold(false), [onHold]);
  const frame = useSeenRows(list);
  const order = views.map((view) => view.call_id).join("\n");

  // Noted before the DOM changes: moving a row takes the focus from what is in it.
  focused.current = document.activeElement;
  const focusedId = focused.current?.closest<HTMLElement>(".row")?.dataset.callId;
  const pinned = [openId, focusedId].map((id) => (id ? views.findIndex((view) => view.call_id === id) : -1)).filter((place) => place >= 0);
  useLayoutEffect(() => {
    const before = places.current;
    places.current = new Map(views.map((view, place) => [view.call_id, place]));
    const kept = focused.current;
    if (kept instanceof HTMLElement && kept !== document.activeElement && list.current?.contains(kept)) {
      kept.focus({ preventScroll: true });
    }
    if (before.size && !matchMedia(STILL).matches) glide(list.current, before, places.current);
  }, [order]);

  return (
    <ol
      class="rows"
      ref={list}
      aria-label={T.list.label}
      // A finger that was lifted is not in the list any more.
      onPointerEnter={(event) => event.pointerType !== "touch" && enter({ pointer: true })}
      onPointerMove={(event) => event.pointerType !== "touch" && !inside.current.pointer && enter({ pointer: true })}
      onPointerLeave={() => enter({ pointer: false })}
      onFocusIn={() => enter({ focus: true })}
      onFocusOut={() => enter({ focus: false })}
    >
      {pieces(frame, views.length, pinned).flatMap((piece, number) =>
        "left_out" in piece
          ? [<li key={`left-out-${number}`} class="space" aria-hidden="true" style={{ height: `${piece.left_out * frame.row_px}px` }} />]
          : views
              .slice(...piece.rows)
              .map((view, index) => (
                <Row
                  key={view.call_id}
                  view={view}
                  place={piece.rows[0] + index + 1}
                  count={views.length}
                  isOpen={view.call_id === openId}
                  server_now_ms={server_now_ms}
                  pending={pending}
                  onOpen={onOpen}
                />
              )),
      )}
    </ol>
  );
}

/** Rows that moved come from where they were, new ones appear; what is out of sight just is where it belongs. */
function glide(list: HTMLElement | null, before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): void {
  for (const row of list?.querySelectorAll<HTMLElement>(".row") ?? []) {
    const id = row.dataset.callId!;
    const was = before.get(id);
    const moved = was === undefined ? 0 : (was - now.get(id)!) * row.offsetHeight;
    if (was === undefined) row.animate([{ opacity: 0 }, { opacity: 1 }], { duration: 300, easing: "ease-out" });
    else if (moved) {
      const path = [{ transform: `translateY(${moved}px)` }, { transform: "none" }];
      row.animate(path, { duration: 420, easing: "cubic-bezier(.2,.7,.2,1)" });
    }
  }
}
