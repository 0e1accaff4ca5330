/** How the board itself does, in words: what the strip under the header says. Pure. */

import { T } from "./messages/index.ts";
import { plain } from "./numbers.ts";
import { providerText } from "./provider.ts";
import type { CallView, ModelRef } from "./types.ts";
import { abstention, BEHIND_FRESH_MS, BEHIND_MOST_MS, BEHIND_MS, isCallerHeard, type Counters } from "./words.ts";

/** What was left out under load, as it was counted at one time. */
export interface Shed {
  at_ms: number;
  reasons: number;
  transcripts: number;
}

export const MINUTE_MS = 60_000;

/** With the counters of now; of what is older than a minute only the newest stays, to count from. */
export function withShed(kept: readonly Shed[], counters: Counters, at_ms: number): readonly Shed[] {
  const last = kept.at(-1);
  const now = { at_ms, reasons: counters.shed_llm ?? 0, transcripts: counters.shed_asr ?? 0 };
  // Counters that went back are those of another Redis: nothing of before compares with them.
  if (last && (now.reasons < last.reasons || now.transcripts < last.transcripts)) return [now];
  const base = kept.filter((one) => at_ms - one.at_ms >= MINUTE_MS).length - 1;
  return [...kept.slice(Math.max(0, base)), now];
}

/** What was left out within the last minute; empty where nothing was. */
export function shedLately(kept: readonly Shed[]): string {
  const [first, last] = [kept[0], kept.at(-1)];
  if (!first || !last) return "";
  const reasons = last.reasons - first.reasons;
  const transcripts = last.transcripts - first.transcripts;
  return [reasons > 0 && T.health.modelReasons(reasons), transcripts > 0 && T.health.transcripts(transcripts)].filter(Boolean).join(T.health.and);
}

export interface Item {
  name: "delay" | "shed" | "judged" | "models";
  text: string;
  /** Something that a supervisor would want to know of. */
  isTrouble?: boolean;
}

/** How long after its words the newest tone was known; empty for whom it is not told. */
export function delayItem(counters: Counters, server_now_ms: number): Item | null {
  const { behind_ms, behind_at_ms = 0 } = counters;
  if (behind_ms === undefined || behind_ms >= BEHIND_MOST_MS) return null;
  if (Math.abs(server_now_ms - behind_at_ms) >= BEHIND_FRESH_MS) return { name: "delay", text: T.strip.nobodySpeaks };
  return { name: "delay", text: T.strip.delay(plain(behind_ms / 1000, 1)), isTrouble: behind_ms >= BEHIND_MS };
}

export function shedItem(kept: readonly Shed[]): Item {
  const text = shedLately(kept);
  return text ? { name: "shed", text: T.strip.shed(text), isTrouble: true } : { name: "shed", text: T.strip.nothingShed };
}

/** Live calls whose tone is not judged now, by the reason why; those whose baseline is being learned are no trouble. */
export function unjudgedNow(live: readonly CallView[]): [string, number][] {
  const found = new Map<string, number>();
  for (const view of live) {
    const why = !isCallerHeard(view) ? T.strip.notHeard : view.abstained && view.abstained !== "learning_baseline" ? abstention(view.abstained) : "";
    if (why) found.set(why, (found.get(why) ?? 0) + 1);
  }
  return [...found].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
}

export function judgedItem(live: readonly CallView[], not_analysed: number): Item {
  const unjudged = unjudgedNow(live).reduce((sum, [, count]) => sum + count, 0);
  const parts = [not_analysed > 0 && T.strip.notTold(not_analysed), unjudged > 0 && T.strip.unjudged(unjudged)].filter(Boolean);
  return { name: "judged", text: parts.join(", ") || T.strip.allJudged };
}

/** The models that judge the live calls and write their reasons, each once; several of a kind while one replaces another. */
export function modelsOf(live: readonly CallView[]): { voice: string[]; reasons: string[] } {
  const voice = new Set(live.flatMap((view) => (view.model ? [modelName(view.model)] : [])));
  const reasons = new Set(live.flatMap((view) => [view.latest, ...Object.values(view.rationales)].flatMap((one) => (one?.model ? [modelName(one.model)] : []))));
  return { voice: [...voice].sort(), reasons: [...reasons].sort() };
}

export function modelsItem(live: readonly CallView[]): Item | null {
  const { voice, reasons } = modelsOf(live);
  const parts = [voice.length && T.strip.voiceBy(voice.join(", ")), reasons.length && T.strip.reasonsBy(reasons.join(", "))].filter(Boolean);
  return parts.length ? { name: "models", text: parts.join(", ") } : null;
}

function modelName(model: ModelRef): string {
  return [model.name, providerText(model)].filter(Boolean).join(" ");
}
