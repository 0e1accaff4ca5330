/** The desk's JSON API. */

import { post, type Session } from "../session.ts";
import { queryText, type Wanted } from "./address.ts";
import { T } from "./words.ts";
import type { AlertDetail, CallDetail, CallPage, Choices, MomentPage, PrecisionReport, Verdict, VerdictRequest } from "./types.ts";

/** Ids hold slashes, which the path keeps. */
const inPath = (id: string) => id.split("/").map(encodeURIComponent).join("/");

const ask = async <Answer>(path: string) => answered<Answer>(await fetch(path));

async function answered<Answer>(answer: Response): Promise<Answer> {
  const said: unknown = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error((said as { error?: string }).error ?? T.failed(answer.status));
  return said as Answer;
}

export const choices = () => ask<Choices>("/api/review/choices");

export const moments = (wanted: Wanted, cursor = "") => ask<MomentPage>(`/api/review/moments?${queryText(wanted, cursor)}`);

export const detail = (alert_id: string) => ask<AlertDetail>(`/api/review/alerts/${inPath(alert_id)}`);

export const calls = (wanted: Wanted, cursor = "") => ask<CallPage>(`/api/review/calls?${queryText(wanted, cursor)}`);

export const call = (call_id: string) => ask<CallDetail>(`/api/review/calls/${inPath(call_id)}`);

export const precision = (wanted: Wanted) => ask<PrecisionReport>(`/api/review/precision?${queryText(wanted)}`);

export const judge = async (request: VerdictRequest, session: Session) => answered<Verdict>(await post("/api/review/verdicts", request, session));

export const soundPath = (alert_id: string) => `/api/alerts/${inPath(alert_id)}/audio`;

export const callSoundPath = (call_id: string) => `/api/review/sound/${inPath(call_id)}`;

export const exportPath = (name: "export.csv" | "export.parquet" | "manifest.csv", wanted: Wanted) => `/api/review/${name}?${queryText(wanted)}`;

/** The verdict is in Kafka at once; the archive takes it a moment later. Asked again, slower each time. */
export async function untilKept<Found>(read: () => Promise<Found>, isKept: (found: Found) => boolean, pause: (ms: number) => Promise<void>): Promise<Found | null> {
  for (let wait_ms = 150; wait_ms < 3000; wait_ms *= 1.6) {
    const found = await read();
    if (isKept(found)) return found;
    await pause(wait_ms);
  }
  return null;
}
