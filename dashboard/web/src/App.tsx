import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { actionOn, SNOOZE_MS, type ActionRequest } from "./actions.ts";
import { addressText } from "./address.ts";
import { AskNotes } from "./AskNotes.tsx";
import type { Board } from "./board.ts";
import type { Desk } from "./desk.ts";
import { Detail } from "./Detail.tsx";
import { Groups } from "./Groups.tsx";
import { connectionText, Header } from "./Header.tsx";
import { useHeldList } from "./held.ts";
import { HeldBack } from "./HeldBack.tsx";
import { callsWithoutHeld } from "./heldBack.ts";
import { useKeys } from "./keys.ts";
import type { LinkState } from "./link.ts";
import { T } from "./messages/index.ts";
import { asksNow, choicesOf, passes, reorder, shownAlert, tier } from "./order.ts";
import { useCallElsewhere, usePlace } from "./place.ts";
import { unusedGpuText } from "./provider.ts";
import { Rows } from "./Rows.tsx";
import { signInPath } from "./session.ts";
import { Sheet } from "./Sheet.tsx";
import { Strip } from "./Strip.tsx";
import { toggleTheme } from "./theme.ts";
import type { ActionKind, Alert, CallView } from "./types.ts";
import { Wall } from "./Wall.tsx";
import { behindText, clock, shedText } from "./words.ts";

interface Props {
  board: Board;
  link: LinkState;
  now_ms: number;
  desk: Desk;
}

/** Rows are reordered at most this often, except when an alert begins or ends. */
const REORDER_MS = 1500;

export function App({ board, link, now_ms, desk }: Props) {
  const [place, go] = usePlace();
  const { filter } = place;
  const openId = place.call || null;
  const calls = useMemo(() => (filter.held ? board.calls : callsWithoutHeld(board.calls, board.held)), [board.calls, board.held, filter.held]);
  const all = useMemo(() => [...calls.values()], [calls]);
  const analysed = useMemo(() => all.filter((view) => view.state !== "not_analysed"), [all]);
  const notAnalysed = useMemo(() => all.filter((view) => view.state === "not_analysed"), [all]);
  const order = useOrder(analysed, now_ms);
  const [isHeld, setHeld] = useState(false);
  const [isHelp, setHelp] = useState(false);
  const choices = useMemo(() => choicesOf(all), [all]);
  const wanted = order.filter((id) => passes(calls.get(id)!, filter));
  const list = useHeldList(wanted, isHeld, addressText({ call: "", alert: "", filter }), calls);
  const shown = list.ids.flatMap((id) => calls.get(id) ?? []);
  // Nobody knows what goes on while nothing comes: clocks stand where the newest news left them.
  const isHeard = link === "live" && board.redis === "up";
  const server_now_ms = (isHeard ? now_ms : board.heard_at_ms) + board.clock_offset_ms;
  const silent_s = board.heard_at_ms ? Math.max(0, Math.round((now_ms - board.heard_at_ms) / 1000)) : 0;
  const listed = openId ? board.calls.get(openId) : undefined;
  const elsewhere = useCallElsewhere(place.call, Boolean(openId && !listed && board.id !== null));
  const open = listed ?? elsewhere;
  const openedId = open?.call_id;
  useEffect(() => {
    if (openedId) desk.look(openedId);
  }, [openedId]);
  const current = useRef(place.call);
  current.current = place.call;
  const toggle = useCallback((id: string) => go({ call: current.current === id ? "" : id, alert: "" }), [go]);
  const toggleWall = () => go({ wall: !place.wall, call: "", alert: "" });
  const close = () => {
    setHelp(false);
    if (place.wall) return go({ wall: false });
    if (!place.call) return;
    document.querySelector<HTMLElement>(`.row[data-call-id="${CSS.escape(place.call)}"] .title`)?.focus();
    go({ call: "", alert: "" });
  };
  const actOn = (action: ActionKind, more: (alert: Alert) => Partial<ActionRequest> = () => ({})) => {
    const focused = document.activeElement?.closest<HTMLElement>(".row")?.dataset.callId;
    const view = open ?? calls.get(focused ?? "");
    const alert = view && shownAlert(view, place.alert);
    if (!alert) return;
    if (desk.session.may.includes("act")) desk.act(actionOn(alert, action, desk.name, more(alert)));
  };
  useKeys({
    close,
    theme: toggleTheme,
    wall: toggleWall,
    newest: list.release,
    help: () => setHelp((is) => !is),
    acknowledge: () => actOn("acknowledge"),
    snooze: () => actOn("snooze", () => ({ snooze_ms: SNOOZE_MS })),
    take: () => actOn("assign", () => ({ assignee: desk.name })),
  });

  const live = analysed.filter((view) => view.state === "live");
  const totals = {
    live: live.length,
    firing: live.filter(asksNow).length,
    not_analysed: Math.max(notAnalysed.length, board.counters.not_analysed ?? 0),
  };
  useEffect(() => {
    document.title = totals.firing > 0 ? T.page.firing(totals.firing) : T.page.title;
  }, [totals.firing]);
  const shed = shedText(board.counters, server_now_ms);
  const behind = live.length > 0 ? behindText(board.counters, server_now_ms) : "";
  if (place.wall) {
    const [state, text] = connectionText(link, board.redis, silent_s);
    const ordered = wanted.flatMap((id) => calls.get(id) ?? []);
    return <Wall views={ordered} totals={totals} held={filter.held ? 0 : board.held.size} trouble={state === "live" ? behind : text} server_now_ms={server_now_ms} onLeave={toggleWall} />;
  }
  return (
    <>
      <Header {...{ totals, link, redis: board.redis, silent_s, filter, choices, notice: unusedGpuText(live), session: desk.session }} onFilter={(filter) => go({ filter })} onTheme={toggleTheme} onWall={toggleWall} />
      <Strip live={live} not_analysed={totals.not_analysed} counters={board.counters} shed={board.shed} load={board.load} server_now_ms={server_now_ms} />
      {link === "signed_out" && (
        <p class="banner signed-out" role="alert" data-testid="signed-out">
          {T.banner.signedOut}{" "}
          <a href={signInPath(location)} data-testid="sign-in-again">
            {T.banner.signInAgain}
          </a>
        </p>
      )}
      {(link === "unsure" || link === "too_many" || link === "full") && (
        <p class="banner signed-out" role="alert" data-testid={link}>
          {link === "unsure" ? T.banner.unsure : link === "full" ? T.banner.full : T.banner.tooMany}
        </p>
      )}
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
        <main>
          <HeldBack count={board.held.size} load={board.load} isShown={filter.held} onShow={(held) => go({ filter: { ...filter, held } })} />
          <Groups views={live} onQueue={(queue) => go({ filter: { ...filter, show: "alerts", queue } })} desk={desk} />
          {shown.length > 0 ? (
            <Rows views={shown} openId={openId} server_now_ms={server_now_ms} pending={filter.pending} onOpen={toggle} onHold={setHeld} />
          ) : (
            <Nothing waiting={link === "connecting"} filtered={analysed.length > 0} />
          )}
          {board.left_out < 0 && filter.show === "ended" && (
            <p class="left-out" data-testid="left-out">
              {T.list.olderOfYours}
            </p>
          )}
          {board.left_out > 0 && (filter.show === "all" || filter.show === "ended") && (
            <p class="left-out" data-testid="left-out">
              {T.list.older(board.left_out)}
            </p>
          )}
          <NotAnalysed views={notAnalysed} />
        </main>
        {open && (
          <Detail
            view={open}
            chosen={place.alert}
            choose={(alert) => go({ alert })}
            link={(alert) => addressText({ ...place, call: open.call_id, alert })}
            pending={filter.pending}
            held={board.held}
            server_now_ms={server_now_ms}
            onClose={close}
            desk={desk}
          />
        )}
        {openId && open === null && (
          <aside id="detail" class="detail" data-testid="unknown-call">
            <p class="note">{T.list.unknownCall(openId)}</p>
            <button type="button" onClick={close}>
              {T.page.close}
            </button>
          </aside>
        )}
      </div>
      {list.offer && (
        <button type="button" class="offer" data-testid="offer" onClick={list.release}>
          {list.offer}
        </button>
      )}
      {isHelp && <Sheet onClose={() => setHelp(false)} />}
      <p class="visually-hidden" aria-live="polite" data-testid="announcer">
        {board.announced.map((alert) => T.list.newAlert(board.calls.get(alert.call_id)?.call.title ?? "", alert.sentence)).join(" ")}
      </p>
    </>
  );
}

function useOrder(views: CallView[], now_ms: number): string[] {
  const last = useRef<{ order: string[]; at_ms: number; key: string }>({ order: [], at_ms: 0, key: "" });
  // The order is renewed at once when a call comes or ends or its urgency changes, which this key tells.
  const key = views.map((view) => `${view.call_id}:${tier(view)}`).join("\n");
  if (key !== last.current.key || now_ms - last.current.at_ms >= REORDER_MS) {
    last.current = { order: reorder(last.current.order, views), at_ms: now_ms, key };
  }
  return last.current.order;
}

/** Commands, the same in every language. */
const REPLAY = "tonewatch replay call.wav --notice-given";
const DEMO = "make demo";

function Nothing({ waiting, filtered }: { waiting: boolean; filtered: boolean }) {
  if (waiting) return <p class="nothing">{T.list.connecting}</p>;
  if (filtered) return <p class="nothing">{T.list.noMatch}</p>;
  return (
    <div class="nothing" data-testid="empty">
      <h2>{T.list.none}</h2>
      <p>{T.list.begin}</p>
      <pre>{REPLAY}</pre>
      <p>{T.list.orDemo}</p>
      <pre>{DEMO}</pre>
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
        {T.list.notAnalysed} <small>{T.list.notTold}</small>
      </h2>
      <ul>
        {newest.map((view) => (
          <li key={view.call_id} data-testid="not-analysed-call" data-title={view.call.title}>
            <span>{view.call.title || view.call_id}</span>
            <small>
              {view.call.queue}
              {view.duration_ms > 0 && ` · ${clock(view.duration_ms)}`}
              {view.call.synthetic && ` · ${T.list.synthetic}`}
            </small>
          </li>
        ))}
        {views.length > NOT_ANALYSED_NAMED && <li>{T.list.andMore(views.length - NOT_ANALYSED_NAMED)}</li>}
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
