import { useRef, useState } from "preact/hooks";
import { T } from "./messages/index.ts";
import { held, newsSince, tier } from "./order.ts";
import type { CallView } from "./types.ts";

export interface HeldList {
  ids: string[];
  /** What the held order does not show in its place; empty while it is the wanted one. */
  offer: string;
  release: () => void;
}

/** The wanted order, or the one of before while it is held; another filter (`key`) or a release takes the wanted one. */
export function useHeldList(wanted: string[], isHeld: boolean, key: string, calls: ReadonlyMap<string, CallView>): HeldList {
  const last = useRef({ ids: wanted, key, tiers: new Map<string, number>() });
  const [, redraw] = useState(0);
  const views = wanted.flatMap((id) => calls.get(id) ?? []);
  const take = () => {
    last.current = { ids: wanted, key, tiers: new Map(views.map((view) => [view.call_id, tier(view)])) };
  };
  if (!isHeld || key !== last.current.key) take();
  else last.current = { ...last.current, ids: held(last.current.ids, wanted, (id) => calls.has(id)) };
  const { ids, tiers } = last.current;
  const news = newsSince(tiers, views);
  const isWanted = ids.length === wanted.length && ids.every((id, index) => id === wanted[index]);
  const offer = isWanted ? "" : news > 0 ? T.list.newOffer(news) : T.list.orderOffer;
  const release = () => {
    take();
    redraw((times) => times + 1);
  };
  return { ids, offer, release };
}
