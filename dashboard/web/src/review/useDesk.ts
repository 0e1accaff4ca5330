import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { addressText, readAddress, type Wanted } from "./address.ts";
import * as api from "./api.ts";
import type { AlertDetail, CallDetail, CallRow, Moment, PrecisionReport } from "./types.ts";

/** The address as a state. Typing replaces its entry in the history; choosing a moment adds one. */
export function useWanted(): readonly [Wanted, (change: Partial<Wanted>) => void] {
  const [wanted, setWanted] = useState(() => readAddress(location.search));
  useEffect(() => {
    const back = () => setWanted(readAddress(location.search));
    addEventListener("popstate", back);
    return () => removeEventListener("popstate", back);
  }, []);
  const newest = useRef(wanted);
  newest.current = wanted;
  const want = useCallback((change: Partial<Wanted>) => {
    const next = { ...newest.current, ...change };
    const isOther = (["alert", "call"] as const).some((name) => change[name] !== undefined && change[name] !== newest.current[name]);
    newest.current = next;
    history[isOther ? "pushState" : "replaceState"](null, "", addressText(next));
    setWanted(next);
  }, []);
  return [wanted, want];
}

/** Words that are still being typed are not looked for. */
const TYPING_MS = 250;

export interface Found {
  moments: Moment[];
  calls: CallRow[];
  next: string;
  isLoading: boolean;
  error: string;
}

async function page_of(wanted: Wanted, cursor = ""): Promise<Pick<Found, "moments" | "calls" | "next">> {
  if (wanted.list !== "quiet") return { calls: [], ...(await api.moments(wanted, cursor)) };
  return { moments: [], ...(await api.calls(wanted, cursor)) };
}

/** The open call; null while there is none, and until it came. */
export function useCall(call_id: string) {
  const [detail, setDetail] = useState<CallDetail | null>(null);
  const [error, setError] = useState("");
  useEffect(() => {
    let isOver = false;
    setError("");
    if (!call_id) return setDetail(null);
    api.call(call_id).then(
      (found) => !isOver && setDetail(found),
      (failed: Error) => !isOver && (setDetail(null), setError(failed.message)),
    );
    return () => {
      isOver = true;
    };
  }, [call_id]);
  return { detail: detail?.call.call_id === call_id ? detail : null, error, setDetail };
}

/** The moments that are wanted, and how often they were right; asked for again when `renewed` changes. */
export function useFound(wanted: Wanted, renewed: number) {
  const [found, setFound] = useState<Found>({ moments: [], calls: [], next: "", isLoading: true, error: "" });
  const [report, setReport] = useState<PrecisionReport | null>(null);
  const key = addressText({ ...wanted, call: "", alert: "" });
  const last = useRef("");
  useEffect(() => {
    let isOver = false;
    const isTyping = last.current !== key && last.current !== "";
    last.current = key;
    const timer = setTimeout(
      async () => {
        try {
          const [page, precision] = await Promise.all([page_of(wanted), api.precision(wanted)]);
          if (isOver) return;
          setFound({ ...page, isLoading: false, error: "" });
          setReport(precision);
        } catch (error) {
          if (!isOver) setFound((before) => ({ ...before, isLoading: false, error: (error as Error).message }));
        }
      },
      isTyping ? TYPING_MS : 0,
    );
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [key, renewed]);
  const more = async () => {
    const page = await page_of(wanted, found.next);
    setFound((before) => ({ ...before, moments: [...before.moments, ...page.moments], calls: [...before.calls, ...page.calls], next: page.next }));
  };
  return { found, report, more };
}

/** The open moment; null while there is none, and until it came. */
export function useDetail(alert_id: string) {
  const [detail, setDetail] = useState<AlertDetail | null>(null);
  const [error, setError] = useState("");
  useEffect(() => {
    let isOver = false;
    setError("");
    if (!alert_id) return setDetail(null);
    api.detail(alert_id).then(
      (found) => !isOver && setDetail(found),
      (failed: Error) => !isOver && (setDetail(null), setError(failed.message)),
    );
    return () => {
      isOver = true;
    };
  }, [alert_id]);
  return { detail: detail?.alert.alert_id === alert_id ? detail : null, error, setDetail };
}
