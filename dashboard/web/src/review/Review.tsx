import { useEffect, useState } from "preact/hooks";
import { toggleTheme } from "../theme.ts";
import { askSession, signInPath, type Session } from "../session.ts";
import { clock } from "../words.ts";
import { addressText, hasFilter } from "./address.ts";
import * as api from "./api.ts";
import { Filters } from "./Filters.tsx";
import { draftOf, EMPTY_DRAFT, Judge } from "./Judge.tsx";
import { useKeys } from "./keys.ts";
import { List } from "./List.tsx";
import { MomentView } from "./MomentView.tsx";
import { SKIP_MS, usePlayer } from "./player.ts";
import { Precision } from "./Precision.tsx";
import type { Choices, VerdictKind } from "./types.ts";
import { useDetail, useFound, useWanted } from "./useDesk.ts";
import { precisionText, SHEET, T } from "./words.ts";

const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

/** Playing begins so long before the onset, to hear what the voice was like. */
const BEFORE_MS = 2000;

export function Review() {
  const [wanted, want] = useWanted();
  const [session, setSession] = useState<Session | null>(null);
  const [renewed, setRenewed] = useState(0);
  const [choices, setChoices] = useState<Choices | null>(null);
  const [isHelp, setHelp] = useState(false);
  const [draft, setDraft] = useState(EMPTY_DRAFT);
  const [status, setStatus] = useState("");
  const { found, report, more } = useFound(wanted, renewed);
  const { detail, error, setDetail } = useDetail(wanted.alert);
  const player = usePlayer(wanted.alert, detail?.sound ?? null, (detail?.alert.onset_ms ?? 0) - BEFORE_MS);
  useEffect(() => {
    askSession().then((said) => (said === null ? location.assign(signInPath(location)) : said && setSession(said)));
    api.choices().then(setChoices, () => undefined);
  }, []);
  useEffect(() => {
    setStatus("");
    setDraft(detail ? draftOf(detail) : EMPTY_DRAFT);
  }, [detail?.alert.alert_id]);

  const judge = async (verdict: VerdictKind) => {
    if (!detail) return;
    // Whoever is quick with the keys is asked for here.
    const me = session ?? (await askSession());
    if (!me) {
      setStatus(T.notSignedIn);
      return;
    }
    const { alert } = detail;
    const verdict_id = crypto.randomUUID();
    setStatus(T.saving);
    try {
      if (verdict === "missed") {
        const at_ms = Math.round(player.at_ms);
        await api.judge({ verdict_id, verdict, call_id: alert.call_id, at_ms, note: draft.note }, me);
        setStatus(T.missedSaved(clock(at_ms)));
      } else {
        const ratings = Object.values(draft.ratings).some((points) => points !== null) ? draft.ratings : null;
        const moment_id = detail.reasons.at(-1)?.moment_id ?? "";
        await api.judge({ verdict_id, verdict, alert_id: alert.alert_id, reason: draft.reason, note: draft.note, moment_id, ratings }, me);
        const kept = await api.untilKept(alert.alert_id, verdict_id, pause);
        if (kept) setDetail((shown) => (shown?.alert.alert_id === alert.alert_id ? kept : shown));
        setStatus(kept ? T.saved : T.notYet);
      }
      setRenewed((count) => count + 1);
    } catch (failed) {
      setStatus((failed as Error).message);
    }
  };
  const step = (by_rows: 1 | -1) => {
    const at = found.moments.findIndex((moment) => moment.alert_id === wanted.alert);
    const next = found.moments[at < 0 ? (by_rows > 0 ? 0 : found.moments.length - 1) : at + by_rows];
    if (next) want({ alert: next.alert_id });
  };
  const unreviewed = () => {
    const at = found.moments.findIndex((moment) => moment.alert_id === wanted.alert);
    const after = [...found.moments.slice(at + 1), ...found.moments.slice(0, at + 1)];
    const next = after.find((moment) => !moment.mine && moment.alert_id !== wanted.alert);
    if (next) want({ alert: next.alert_id });
  };
  useKeys({
    next: () => step(1),
    previous: () => step(-1),
    unreviewed,
    play: player.toggle,
    back: () => player.seek(player.at_ms - SKIP_MS),
    forward: () => player.seek(player.at_ms + SKIP_MS),
    slower: () => player.change(-1),
    faster: () => player.change(1),
    right: () => void judge("right"),
    wrong: () => void judge("wrong"),
    not_actionable: () => void judge("not_actionable"),
    missed: () => void judge("missed"),
    theme: toggleTheme,
    search: () => document.getElementById("search")?.focus(),
    help: () => setHelp((is) => !is),
    leave: () => setHelp(false),
  });

  return (
    <>
      <header class="top">
        <div class="brand">
          <svg viewBox="0 0 32 20" width="34" height="22" aria-hidden="true">
            <path d="M2 8c4 0 5-5 9-5s5 14 10 14c4 0 5-5 9-5" />
          </svg>
          <h1>{T.title}</h1>
        </div>
        <a class="to-board" href="/">
          {T.board}
        </a>
        <button type="button" class="so-far" data-testid="precision" title={T.precision} onClick={() => want({ alert: "" })}>
          {report ? precisionText(report.total) : ""}
        </button>
        <div class="tools">
          <span class="you" data-testid="you">
            {session?.name ?? ""}
          </span>
          <button type="button" class="icon" onClick={toggleTheme} aria-label={T.theme} title={T.theme} data-testid="theme">
            <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
              <circle cx="8" cy="8" r="5.5" />
              <path class="filled" d="M8 2.5a5.5 5.5 0 0 1 0 11z" />
            </svg>
          </button>
        </div>
      </header>
      <div class="review">
        <aside aria-label={T.moments}>
          <Filters wanted={wanted} choices={choices} want={want} />
          {found.error && (
            <p class="note" role="alert" data-testid="desk-error">
              {found.error}
            </p>
          )}
          <List
            moments={found.moments}
            open={wanted.alert}
            isLoading={found.isLoading}
            isFiltered={hasFilter(wanted)}
            hasMore={Boolean(found.next)}
            linkTo={(alert) => addressText({ ...wanted, alert })}
            choose={(alert) => want({ alert })}
            more={() => void more()}
          />
        </aside>
        <main data-testid="open-moment" data-alert-id={detail?.alert.alert_id ?? ""}>
          {detail ? (
            <>
              <MomentView detail={detail} player={player} />
              <Judge {...{ detail, draft, setDraft, status }} at_ms={player.at_ms} judge={(verdict) => void judge(verdict)} next={unreviewed} />
            </>
          ) : (
            <p class="note">{error || (wanted.alert ? T.loading : T.choose)}</p>
          )}
          {!wanted.alert && report && (
            <Precision
              report={report}
              exports={[
                [api.exportPath("export", wanted), T.export],
                [api.exportPath("manifest", wanted), T.manifest],
              ]}
            />
          )}
        </main>
      </div>
      {isHelp && (
        <div class="sheet" role="dialog" aria-label={T.keys} data-testid="sheet">
          <h2>{T.keys}</h2>
          <dl>
            {SHEET.map(([keys, what]) => (
              <div key={keys}>
                <dt>
                  <kbd>{keys}</kbd>
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
          <button type="button" onClick={() => setHelp(false)}>
            {T.close}
          </button>
        </div>
      )}
    </>
  );
}
