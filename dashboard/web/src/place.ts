import { useCallback, useEffect, useState } from "preact/hooks";
import { addressText, readAddress, type Address } from "./address.ts";
import type { CallView } from "./types.ts";

/** The address as state: another call is a step that the browser's back button takes back, anything else replaces it. */
export function usePlace(): [Address, (change: Partial<Address>) => void] {
  const [place, setPlace] = useState(() => readAddress(location.search));
  useEffect(() => {
    const onPop = () => setPlace(readAddress(location.search));
    addEventListener("popstate", onPop);
    return () => removeEventListener("popstate", onPop);
  }, []);
  const go = useCallback((change: Partial<Address>) => {
    setPlace((now) => {
      const next = { ...now, ...change };
      const text = addressText(next);
      if (next.call !== now.call) history.pushState(null, "", text);
      else if (text !== addressText(now)) history.replaceState(null, "", text);
      return next;
    });
  }, []);
  return [place, go];
}

/** A call that a link names and the board does not list: an ended one, read by itself. Null where there is none. */
export function useCallElsewhere(call_id: string, isWanted: boolean): CallView | null | undefined {
  const [found, setFound] = useState<{ call_id: string; view: CallView | null } | null>(null);
  useEffect(() => {
    if (!isWanted) return;
    let isOver = false;
    const path = call_id.split("/").map(encodeURIComponent).join("/");
    fetch(`api/calls/${path}`)
      .then(async (answer) => (answer.ok ? ((await answer.json()) as CallView) : null))
      .catch(() => null)
      .then((view) => !isOver && setFound({ call_id, view }));
    return () => void (isOver = true);
  }, [call_id, isWanted]);
  return isWanted && found?.call_id === call_id ? found.view : undefined;
}
