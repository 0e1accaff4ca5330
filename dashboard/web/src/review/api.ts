/** The desk's JSON API. */

import { queryText, type Wanted } from "./address.ts";
import type { AlertDetail, Choices, MomentPage, PrecisionReport, Present, Verdict, VerdictRequest } from "./types.ts";

/** Ids hold slashes, which the path keeps. */
const inPath = (id: string) => id.split("/").map(encodeURIComponent).join("/");

async function ask<Answer>(path: string, init?: RequestInit): Promise<Answer> {
  const answer = await fetch(path, init);
  const said: unknown = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error((said as { error?: string }).error ?? `The server answered ${answer.status}.`);
  return said as Answer;
}

export const about = () => ask<Present>("/api/review");

export const choices = () => ask<Choices>("/api/review/choices");

export const moments = (wanted: Wanted, by: string, cursor = "") => ask<MomentPage>(`/api/review/moments?${queryText(wanted, by, cursor)}`);

export const detail = (alert_id: string, by: string) => ask<AlertDetail>(`/api/review/alerts/${inPath(alert_id)}?${new URLSearchParams({ by })}`);

export const precision = (wanted: Wanted, by: string) => ask<PrecisionReport>(`/api/review/precision?${queryText(wanted, by)}`);

export const judge = (request: VerdictRequest) =>
  ask<Verdict>("/api/review/verdicts", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(request) });

export const soundPath = (alert_id: string) => `/api/alerts/${inPath(alert_id)}/audio`;

export const exportPath = (name: "export" | "manifest", wanted: Wanted, by: string) => `/api/review/${name}.csv?${queryText(wanted, by)}`;

/** The verdict is in Kafka at once; the archive takes it a moment later. Asked again, slower each time. */
export async function untilKept(alert_id: string, by: string, verdict_id: string, pause: (ms: number) => Promise<void>): Promise<AlertDetail | null> {
  for (let wait_ms = 150; wait_ms < 3000; wait_ms *= 1.6) {
    const found = await detail(alert_id, by);
    if (found.review.mine?.verdict_id === verdict_id) return found;
    await pause(wait_ms);
  }
  return null;
}
