import { useEffect, useState } from "preact/hooks";
import { T as MESSAGES } from "../messages/index.ts";
import { toggleTheme } from "../theme.ts";
import { UserMenu } from "../UserMenu.tsx";
import { askSession, signInPath, type Session } from "../session.ts";
import { addressText, hasFilter } from "./address.ts";
import * as api from "./api.ts";
import { CallList } from "./CallList.tsx";
import { CallView } from "./CallView.tsx";
import { Filters } from "./Filters.tsx";
import { Judge } from "./Judge.tsx";
import { useKeys } from "./keys.ts";
import { List } from "./List.tsx";
import { MomentView } from "./MomentView.tsx";
import { SKIP_MS, usePlayer } from "./player.ts";
import { Precision } from "./Precision.tsx";
import type { Choices } from "./types.ts";
import { useCall, useDetail, useFound, useWanted } from "./useDesk.ts";
import { useVerdicts } from "./useVerdicts.ts";
import { precisionText, T } from "./words.ts";

/** Playing begins so long before the onset, to hear what the voice was like. */
const BEFORE_MS = 2000;

export function Review() {
  const [wanted, want] = useWanted();
  const [session, setSession] = useState<Session | null>(null);
  const [renewed, setRenewed] = useState(0);
  const [choices, setChoices] = useState<Choices | null>(null);
  const [isHelp, setHelp] = useState(false);
  const [isSpectrogram, setSpectrogram] = useState(false);
  const { found, report, more } = useFound(wanted, renewed);
  const { detail, error, setDetail } = useDetail(wanted.call ? "" : wanted.alert);
  const whole = useCall(wanted.call);
  const path = wanted.call ? api.callSoundPath(wanted.call) : api.soundPath(wanted.alert);
  const begin_ms = wanted.call ? (whole.detail?.sound?.start_ms ?? 0) : (detail?.alert.onset_ms ?? 0) - BEFORE_MS;
  const player = usePlayer(path, (wanted.call ? whole.detail : detail)?.sound ?? null, begin_ms);
  const { draft, setDraft, status, judge } = useVerdicts({
    session,
    alert: detail,
    call: whole.detail,
    showAlert: (kept) => setDetail((shown) => (shown?.alert.alert_id === kept.alert.alert_id ? kept : shown)),
    showCall: (kept) => whole.setDetail((shown) => (shown?.call.call_id === kept.call.call_id ? kept : shown)),
    renew: () => setRenewed((count) => count + 1),
  });
  useEffect(() => {
    document.title = T.page;
    askSession().then((said) => (said === null ? location.assign(signInPath(location)) : said && setSession(said)));
    api.choices().then(setChoices, () => undefined);
  }, []);

  const isQuiet = wanted.list === "quiet";
  const rows = isQuiet ? found.calls.map((call) => ({ id: call.call_id, mine: call.mine })) : found.moments.map((moment) => ({ id: moment.alert_id, mine: moment.mine }));
  const open = isQuiet ? wanted.call : wanted.call ? "" : wanted.alert;
  const choose = (id: string) => want(isQuiet ? { call: id, alert: "" } : { alert: id, call: "" });
  const linkTo = (id: string) => addressText({ ...wanted, ...(isQuiet ? { call: id, alert: "" } : { alert: id, call: "" }) });
  const showList = (list: "" | "quiet") => want({ list, call: "", alert: "" });
  const toggleSpectrogram = () => setSpectrogram((is) => !is);
  const step = (by_rows: 1 | -1) => {
    const at = rows.findIndex((row) => row.id === open);
    const next = rows[at < 0 ? (by_rows > 0 ? 0 : rows.length - 1) : at + by_rows];
    if (next) choose(next.id);
  };
  const unreviewed = () => {
    const at = rows.findIndex((row) => row.id === open);
    const after = [...rows.slice(at + 1), ...rows.slice(0, at + 1)];
    const next = after.find((row) => !row.mine && row.id !== open);
    if (next) choose(next.id);
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
    right: () => judge("right", player.at_ms),
    wrong: () => judge("wrong", player.at_ms),
    not_actionable: () => judge("not_actionable", player.at_ms),
    missed: () => judge("missed", player.at_ms),
    spectrogram: toggleSpectrogram,
    lists: () => showList(isQuiet ? "" : "quiet"),
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
        <button type="button" class="so-far" data-testid="precision" title={T.precision} onClick={() => want({ alert: "", call: "" })}>
          {report ? precisionText(report.total) : ""}
        </button>
        <div class="tools">
          <button type="button" class="icon" onClick={toggleTheme} aria-label={MESSAGES.page.theme} title={MESSAGES.page.theme} data-testid="theme">
            <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
              <circle cx="8" cy="8" r="5.5" />
              <path class="filled" d="M8 2.5a5.5 5.5 0 0 1 0 11z" />
            </svg>
          </button>
          {session && <UserMenu session={session} />}
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
          <div class="lists" role="group" aria-label={T.lists}>
            <button type="button" aria-pressed={!isQuiet} data-testid="list-moments" onClick={() => showList("")}>
              {T.moments}
            </button>
            <button type="button" aria-pressed={isQuiet} data-testid="list-quiet" onClick={() => showList("quiet")}>
              {T.quiet}
            </button>
          </div>
          {isQuiet ? (
            <CallList calls={found.calls} open={open} isLoading={found.isLoading} hasMore={Boolean(found.next)} linkTo={linkTo} choose={choose} more={() => void more()} />
          ) : (
            <List
              moments={found.moments}
              open={open}
              isLoading={found.isLoading}
              isFiltered={hasFilter(wanted)}
              hasMore={Boolean(found.next)}
              linkTo={linkTo}
              choose={choose}
              more={() => void more()}
            />
          )}
        </aside>
        <main data-testid="open-moment" data-alert-id={detail?.alert.alert_id ?? ""} data-call-id={whole.detail?.call.call_id ?? ""}>
          {whole.detail ? (
            <CallView
              detail={whole.detail}
              linkTo={(alert) => addressText({ ...wanted, list: "", call: "", alert })}
              next={unreviewed}
              {...{ player, isSpectrogram, toggleSpectrogram, judge, status }}
            />
          ) : detail ? (
            <>
              <MomentView
                detail={detail}
                toCall={addressText({ ...wanted, call: detail.alert.call_id })}
                openCall={() => want({ call: detail.alert.call_id })}
                {...{ player, isSpectrogram, toggleSpectrogram }}
              />
              <Judge {...{ detail, draft, setDraft, status }} at_ms={player.at_ms} judge={(verdict) => judge(verdict, player.at_ms)} next={unreviewed} />
            </>
          ) : (
            <p class="note">{error || whole.error || (wanted.alert || wanted.call ? T.loading : T.choose)}</p>
          )}
          {!wanted.alert && !wanted.call && report && (
            <Precision
              report={report}
              exports={[
                [api.exportPath("export.csv", wanted), T.exports.csv],
                [api.exportPath("export.parquet", wanted), T.exports.parquet],
                [api.exportPath("manifest.csv", wanted), T.exports.manifest],
              ]}
            />
          )}
        </main>
      </div>
      {isHelp && (
        <div class="sheet" role="dialog" aria-label={MESSAGES.page.keys} data-testid="sheet">
          <h2>{MESSAGES.page.keys}</h2>
          <dl>
            {T.sheet.map(([keys, what]) => (
              <div key={keys}>
                <dt>
                  <kbd>{keys}</kbd>
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
          <button type="button" onClick={() => setHelp(false)}>
            {MESSAGES.page.close}
          </button>
        </div>
      )}
    </>
  );
}
