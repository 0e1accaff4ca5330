/** What is typed about an alert and not done yet: it outlives the panel, another call and a reload of the page. */

import type { ActionRequest } from "./actions.ts";

export interface Draft {
  assignee: string;
  note: string;
}

const EMPTY: Draft = { assignee: "", note: "" };
const KEY = "tonewatch.drafts";

const NAME_KEY = "tonewatch.drafts-of";

let drafts: Record<string, Draft> = read();

/** Whose they are: what another one typed in this tab is not handed on. */
export function draftsOf(name: string): void {
  try {
    const former = sessionStorage.getItem(NAME_KEY);
    sessionStorage.setItem(NAME_KEY, name);
    if (former === null || former === name) return;
  } catch {
    return; // Storage may be forbidden; drafts then last as long as the page.
  }
  drafts = {};
  write();
}

export function draftOf(alert_id: string): Draft {
  return drafts[alert_id] ?? EMPTY;
}

export function keepDraft(alert_id: string, draft: Draft): void {
  if (draft.assignee || draft.note) drafts[alert_id] = draft;
  else delete drafts[alert_id];
  write();
}

/** What was asked is done: its words are in the alert now. What was typed over it meanwhile stays. */
export function forgetDone({ action, alert_id, assignee, note }: ActionRequest): void {
  const draft = draftOf(alert_id);
  if (action === "assign" && draft.assignee.trim() === assignee) keepDraft(alert_id, { ...draft, assignee: "" });
  if (action === "comment" && draft.note.trim() === note) keepDraft(alert_id, { ...draft, note: "" });
}

function read(): Record<string, Draft> {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "{}") as Record<string, Draft>;
  } catch {
    return {};
  }
}

function write(): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(drafts));
  } catch {
    // Storage may be forbidden; drafts then last as long as the page.
  }
}
