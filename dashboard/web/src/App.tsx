import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { AskNotes } from "./AskNotes.tsx";
import type { Board } from "./board.ts";
import type { Desk } from "./desk.ts";
import { Detail } from "./Detail.tsx";
import { Groups } from "./Groups.tsx";
import { Header } from "./Header.tsx";
import { useKeys } from "./keys.ts";
import type { LinkState } from "./link.ts";
import { isActive, leadingAlert, passes, reorder, type Filter } from "./order.ts";
import { unusedGpuText } from "./provider.ts";
import { Rows } from "./Rows.tsx";
import { toggleTheme } from "./theme.ts";
import type { CallView } from "./types.ts";
import { behindText, clock, shedText } from "./words.ts";

interface Props {
  board: Board;
  link: LinkState;
  now_ms: number;
  desk: Desk;
}

/** Rows are reordered at most this often, except when an alert begins or ends. */
const REORDER_MS = 1500;

/** After the pointer moved over the board rows stay where they are for this long: nobody wants to hit the wrong one. */
const POINTING_MS = 1500;

export function App({ board, link, now_ms, desk }: Props) {
  const [filter, setFilter] = useState<Filter>({ show: "all", queue: "", search: "" });
  const [openId, setOpenId] = useState<string | null>(null);
  const all = useMemo(() => [...board.calls.values()], [board.calls]);
  const analysed = useMemo(() => all.filter((view) => view.state !== "not_analysed"), [all]);
  const notAnalysed = useMemo(() => all.filter((view) => view.state === "not_analysed"), [all]);
  const pointed_at_ms = useRef(0);
  const order = useOrder(analysed, now_ms, now_ms - pointed_at_ms.current < POINTING_MS);
  const queues = useMemo(() => [...new Set(all.map((view) => view.call.queue).filter(Boolean))].sort(), [all]);
  const shown = order.flatMap((id) => board.calls.get(id) ?? []).filter((view) => passes(view, filter));
  // Nobody knows what goes on while nothing comes: clocks stand where the newest news left them.
  const isHeard = link === "live" && board.redis === "up";
  const server_now_ms = (isHeard ? now_ms : board.heard_at_ms) + board.clock_offset_ms;
  const silent_s = board.heard_at_ms ? Math.max(0, Math.round((now_ms - board.heard_at_ms) / 1000)) : 0;
  const open = openId ? board.calls.get(openId) : undefined;
  const toggle = useCallback((id: string) => setOpenId((current) => (current === id ? null : id)), []);
  const close = useCallback(() => {
    setOpenId((current) => {
      if (current) document.querySelector<HTMLElement>(`.row[data-call-id="${CSS.escape(current)}"] .title`)?.focus();
      return null;
    });
  }, []);
  useKeys({ close, toggleTheme });

  const live = analysed.filter((view) => view.state === "live");
  const totals = {
    live: live.length,
    firing: live.filter((view) => isActive(leadingAlert(view))).length,
    not_analysed: Math.max(notAnalysed.length, board.counters.not_analysed ?? 0),
  };
  const shed = shedText(board.counters);
  const behind = live.length > 0 ? behindText(board.counters, server_now_ms) : "";
  return (
    <>
      <Header {...{ totals, link, redis: board.redis, silent_s, filter, queues, notice: unusedGpuText(live) }} onFilter={setFilter} onTheme={toggleTheme} />
      {behind && (
        <p class="banner" role="status" data-testid="behind">
          {behind}
        </p>
      )}
      {shed && (
        <p class="banner" role="status" data-testid="shed">
          {shed}
        </p>
      )}
      <AskNotes
        asks={[...board.asks.values()].filter((ask) => ask.request.call_id !== openId)}
        again={desk.again}
        dismiss={desk.dismiss}
        titleOf={(ask) => board.calls.get(ask.request.call_id)?.call.title || ask.request.call_id}
        testid="asks-elsewhere"
      />
      <div class={open ? "stage with-detail" : "stage"}>
        <main onPointerMove={() => (pointed_at_ms.current = Date.now())}>
          <Groups views={live} onQueue={(queue) => setFilter({ ...filter, show: "alerts", queue })} desk={desk} />
          {shown.length > 0 ? (
            <Rows views={shown} openId={openId} server_now_ms={server_now_ms} onOpen={toggle} />
          ) : (
            <Nothing waiting={link === "connecting"} filtered={analysed.length > 0} />
          )}
          {board.left_out > 0 && (filter.show === "all" || filter.show === "ended") && (
            <p class="left-out" data-testid="left-out">
              {board.left_out === 1 ? "1 older ended call is" : `${board.left_out} older ended calls are`} not listed. Every live call and every open alert is.
            </p>
          )}
          <NotAnalysed views={notAnalysed} />
        </main>
        {open && <Detail view={open} server_now_ms={server_now_ms} onClose={close} desk={desk} />}
      </div>
      <p class="visually-hidden" aria-live="polite" data-testid="announcer">
        {board.announced && `New alert: ${board.calls.get(board.announced.call_id)?.call.title ?? ""}. ${board.announced.sentence}`}
      </p>
    </>
  );
}

function useOrder(views: CallView[], now_ms: number, hold: boolean): string[] {
  const last = useRef<{ order: string[]; at_ms: number; key: string }>({ order: [], at_ms: 0, key: "" });
  // The order is renewed at once when a call comes or ends or an alert begins or ends, which this key tells.
  const key = views.map((view) => `${view.call_id}:${view.state}:${isActive(leadingAlert(view))}`).join("\n");
  if (key !== last.current.key || (!hold && now_ms - last.current.at_ms >= REORDER_MS)) {
    last.current = { order: reorder(last.current.order, views), at_ms: now_ms, key };
  }
  return last.current.order;
}

function Nothing({ waiting, filtered }: { waiting: boolean; filtered: boolean }) {
  if (waiting) return <p class="nothing">Connecting…</p>;
  if (filtered) return <p class="nothing">No call matches this filter.</p>;
  return (
    <div class="nothing" data-testid="empty">
      <h2>No calls yet</h2>
      <p>Calls appear here as they begin. To see one now, replay a recording:</p>
      <pre>tonewatch replay call.wav --notice-given</pre>
      <p>or watch the synthetic ones with</p>
      <pre>make demo</pre>
    </div>
  );
}

/** Calls that are listed by name; the others are counted. */
const NOT_ANALYSED_NAMED = 12;

/** Calls without notice to the caller: they are counted, nothing of them is analysed. */
function NotAnalysed({ views }: { views: CallView[] }) {
  if (!views.length) return null;
  const newest = [...views].sort((a, b) => b.call.started_at_ms - a.call.started_at_ms).slice(0, NOT_ANALYSED_NAMED);
  return (
    <section class="not-analysed" aria-labelledby="not-analysed-heading" data-testid="not-analysed">
      <h2 id="not-analysed-heading">
        Not analysed <small>the caller was not told</small>
      </h2>
      <ul>
        {newest.map((view) => (
          <li key={view.call_id} data-testid="not-analysed-call" data-title={view.call.title}>
            <span>{view.call.title || view.call_id}</span>
            <small>
              {view.call.queue}
              {view.duration_ms > 0 && ` · ${clock(view.duration_ms)}`}
              {view.call.synthetic && " · synthetic"}
            </small>
          </li>
        ))}
        {views.length > NOT_ANALYSED_NAMED && <li>and {views.length - NOT_ANALYSED_NAMED} more</li>}
      </ul>
    </section>
  );
}

export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  return now;
}
