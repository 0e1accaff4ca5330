import { useEffect, useState } from "preact/hooks";
import { askSession, type Session } from "../session.ts";
import { clock } from "../words.ts";
import * as api from "./api.ts";
import { draftOf, EMPTY_DRAFT } from "./Judge.tsx";
import type { AlertDetail, CallDetail, VerdictKind, VerdictRequest } from "./types.ts";
import { T } from "./words.ts";

const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

interface Desk {
  session: Session | null;
  alert: AlertDetail | null;
  call: CallDetail | null;
  showAlert: (detail: AlertDetail) => void;
  showCall: (detail: CallDetail) => void;
  /** Something was judged. */
  renew: () => void;
}

/** What is being said of the open moment or call, and what became of it. */
export function useVerdicts({ session, alert, call, showAlert, showCall, renew }: Desk) {
  const [draft, setDraft] = useState(EMPTY_DRAFT);
  const [status, setStatus] = useState("");
  useEffect(() => {
    setStatus("");
    setDraft(alert ? draftOf(alert) : EMPTY_DRAFT);
  }, [alert?.alert.alert_id, call?.call.call_id]);

  const send = async (request: VerdictRequest, kept: () => Promise<string>) => {
    // Whoever is quick with the keys is asked for here.
    const me = session ?? (await askSession());
    if (!me) return setStatus(T.notSignedIn);
    setStatus(T.saving);
    try {
      await api.judge(request, me);
      setStatus(await kept());
      renew();
    } catch (failed) {
      setStatus((failed as Error).message);
    }
  };
  const ofAlert = (detail: AlertDetail, verdict: VerdictKind, verdict_id: string) => {
    const { alert_id } = detail.alert;
    const ratings = Object.values(draft.ratings).some((points) => points !== null) ? draft.ratings : null;
    const moment_id = detail.reasons.at(-1)?.moment_id ?? "";
    return send({ verdict_id, verdict, alert_id, reason: draft.reason, note: draft.note, moment_id, ratings }, async () => {
      const kept = await api.untilKept(
        () => api.detail(alert_id),
        (found) => found.review.mine?.verdict_id === verdict_id,
        pause,
      );
      if (kept) showAlert(kept);
      return kept ? T.saved : T.notYet;
    });
  };
  const ofCall = (detail: CallDetail, verdict: VerdictKind, verdict_id: string, at_ms: number) => {
    const { call_id } = detail.call;
    return send({ verdict_id, verdict, call_id, at_ms }, async () => {
      const kept = await api.untilKept(
        () => api.call(call_id),
        (found) => found.review.mine.some((said) => said.verdict_id === verdict_id),
        pause,
      );
      if (kept) showCall(kept);
      return kept ? (verdict === "missed" ? T.missedSaved(clock(at_ms)) : T.saved) : T.notYet;
    });
  };
  const judge = (verdict: VerdictKind, playing_ms: number) => {
    const [verdict_id, at_ms] = [crypto.randomUUID(), Math.round(playing_ms)];
    if (call) {
      if (verdict === "missed" || verdict === "right") void ofCall(call, verdict, verdict_id, verdict === "missed" ? at_ms : 0);
    } else if (alert && verdict === "missed") {
      void send({ verdict_id, verdict, call_id: alert.alert.call_id, at_ms, note: draft.note }, async () => T.missedSaved(clock(at_ms)));
    } else if (alert) void ofAlert(alert, verdict, verdict_id);
  };
  return { draft, setDraft, status, judge };
}
