import { memo } from "preact/compat";
import { T } from "./messages/index.ts";
import { alertsShown, asksNow, isOwned, leadingAlert } from "./order.ts";
import { AlertChip, Handled, Lines, Mono, Source, Synthetic, ToneNumber, Who } from "./parts.tsx";
import { ToneLine } from "./ToneLine.tsx";
import { reasonFor } from "./reason.ts";
import type { CallView } from "./types.ts";
import { clock, durationNow } from "./words.ts";

interface Props {
  view: CallView;
  /** Its place in the list, from 1, and how long the list is: most of a long one is not drawn. */
  place: number;
  count: number;
  isOpen: boolean;
  server_now_ms: number;
  pending: boolean;
  onOpen: (id: string) => void;
}

function RowContent({ view, place, count, isOpen, server_now_ms, pending, onOpen }: Props) {
  const alert = leadingAlert(view);
  const chip = alert ?? alertsShown(view, pending)[0];
  const active = asksNow(view);
  const reason = reasonFor(view, alert);
  const kind = view.state === "ended" ? "ended" : active ? `active ${alert!.severity}${isOwned(alert!) ? " seen" : ""}` : "calm";
  return (
    <li
      class={`row ${kind}${isOpen ? " open" : ""}`}
      aria-posinset={place}
      aria-setsize={count}
      data-testid="call-row"
      data-call-id={view.call_id}
      data-title={view.call.title}
      data-state={view.state}
    >
      <div class="identity">
        <button type="button" class="title" aria-expanded={isOpen} aria-controls="detail" onClick={() => onOpen(view.call_id)}>
          {view.call.title || view.call_id}
        </button>
        <div class="meta">
          <span class="queue">{view.call.queue || T.list.noQueue}</span>
          <span class="duration">{clock(durationNow(view, server_now_ms))}</span>
          <Who call={view.call} />
          {view.state === "ended" && <span>{T.list.ended}</span>}
          <Synthetic view={view} />
          <Mono view={view} />
        </div>
      </div>
      <ToneNumber view={view} />
      <ToneLine view={view} height={56} pending={pending} />
      <div class="why">
        {chip && (
          <span class="chips">
            <AlertChip alert={chip} />
            <Handled alert={chip} />
          </span>
        )}
        <Lines view={view} />
        <p class={`reason${reason.source ? "" : " quiet"}${view.abstained && view.state === "live" ? " unjudged" : ""}`} data-testid="reason" data-source={reason.source ?? ""}>
          {reason.text} <Source source={reason.source} />
        </p>
      </div>
    </li>
  );
}

/** A row is drawn again only when its own call, its being open or its displayed second changed. */
export const Row = memo(
  RowContent,
  (a, b) =>
    a.view === b.view &&
    a.place === b.place &&
    a.count === b.count &&
    a.isOpen === b.isOpen &&
    a.pending === b.pending &&
    a.onOpen === b.onOpen &&
    clock(durationNow(a.view, a.server_now_ms)) === clock(durationNow(b.view, b.server_now_ms)),
);
