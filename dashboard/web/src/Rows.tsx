import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Row } from "./Row.tsx";
import type { CallView } from "./types.ts";

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

/** The list in its order. A row that moves glides to its new position; the focused element keeps the focus. */
export function Rows({ views, openId, server_now_ms, pending, onOpen, onHold }: Props) {
  const list = useRef<HTMLOListElement>(null);
  const tops = useRef(new Map<string, number>());
  const focused = useRef<Element | null>(null);
  const inside = useRef({ pointer: false, focus: false });
  const enter = (change: Partial<typeof inside.current>) => {
    inside.current = { ...inside.current, ...change };
    onHold(inside.current.pointer || inside.current.focus);
  };
  // A list that goes away (another filter) holds nothing.
  useEffect(() => () => onHold(false), [onHold]);
  const order = views.map((view) => view.call_id).join("\n");

  // Noted before the DOM changes: moving a row takes the focus from what is in it.
  focused.current = document.activeElement;
  useLayoutEffect(() => {
    const rows = [...(list.current?.children ?? [])] as HTMLElement[];
    const before = tops.current;
    tops.current = new Map(rows.map((row) => [row.dataset.callId!, row.offsetTop]));
    const kept = focused.current;
    if (kept instanceof HTMLElement && kept !== document.activeElement && list.current?.contains(kept)) {
      kept.focus({ preventScroll: true });
    }
    if (matchMedia(STILL).matches) return;
    for (const row of rows) {
      const was = before.get(row.dataset.callId!);
      if (was === undefined) {
        if (before.size) row.animate([{ opacity: 0 }, { opacity: 1 }], { duration: 300, easing: "ease-out" });
      } else if (was !== row.offsetTop) {
        const path = [{ transform: `translateY(${was - row.offsetTop}px)` }, { transform: "none" }];
        row.animate(path, { duration: 420, easing: "cubic-bezier(.2,.7,.2,1)" });
      }
    }
  }, [order]);

  return (
    <ol
      class="rows"
      ref={list}
      aria-label="Calls, the most urgent first"
      // A finger that was lifted is not in the list any more.
      onPointerEnter={(event) => event.pointerType !== "touch" && enter({ pointer: true })}
      onPointerMove={(event) => event.pointerType !== "touch" && !inside.current.pointer && enter({ pointer: true })}
      onPointerLeave={() => enter({ pointer: false })}
      onFocusIn={() => enter({ focus: true })}
      onFocusOut={() => enter({ focus: false })}
    >
      {views.map((view) => (
        <Row key={view.call_id} view={view} isOpen={view.call_id === openId} server_now_ms={server_now_ms} pending={pending} onOpen={onOpen} />
      ))}
    </ol>
  );
}
