import { memo } from "preact/compat";
import { leadingAlert, isActive } from "./order.ts";
import { AlertChip, Handled, Lines, Mono, Source, Synthetic, ToneNumber } from "./parts.tsx";
import { ToneLine } from "./ToneLine.tsx";
import { reasonFor } from "./reason.ts";
import type { CallView } from "./types.ts";
import { clock, durationNow } from "./words.ts";

interface Props {
  view: CallView;
  isOpen: boolean;
  server_now_ms: number;
  onOpen: (id: string) => void;
}

function RowContent({ view, isOpen, server_now_ms, onOpen }: Props) {
  const alert = leadingAlert(view);
  const active = isActive(alert) && view.state === "live";
  const reason = reasonFor(view, alert);
  const kind = view.state === "ended" ? "ended" : active ? `active ${alert!.severity}${alert!.acknowledged_by ? " seen" : ""}` : "calm";
  return (
    <li
      class={`row ${kind}${isOpen ? " open" : ""}`}
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
          <span class="queue">{view.call.queue || "no queue"}</span>
          <span class="duration">{clock(durationNow(view, server_now_ms))}</span>
          {view.state === "ended" && <span>ended</span>}
          <Synthetic view={view} />
          <Mono view={view} />
        </div>
      </div>
      <ToneNumber view={view} />
      <ToneLine view={view} height={active ? 96 : 48} />
      <div class="why">
        {alert && (
          <span class="chips">
            <AlertChip alert={alert} />
            <Handled alert={alert} />
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
    a.isOpen === b.isOpen &&
    a.onOpen === b.onOpen &&
    clock(durationNow(a.view, a.server_now_ms)) === clock(durationNow(b.view, b.server_now_ms)),
);
