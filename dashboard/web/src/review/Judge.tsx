import { clock } from "../words.ts";
import type { AlertDetail, TextRatings, VerdictKind } from "./types.ts";
import { RATINGS, REASONS, T, VERDICTS } from "./words.ts";

export interface Draft {
  reason: string;
  note: string;
  ratings: TextRatings;
}

export const NO_RATINGS: TextRatings = { factual: null, interpretative: null, completeness: null, fluency: null, useful: null };

export const EMPTY_DRAFT: Draft = { reason: "", note: "", ratings: NO_RATINGS };

/** What was said before, to be changed; empty where nothing was. */
export function draftOf(detail: AlertDetail): Draft {
  const mine = detail.review.mine;
  return mine ? { reason: mine.reason, note: mine.note, ratings: mine.ratings ?? NO_RATINGS } : EMPTY_DRAFT;
}

interface Props {
  detail: AlertDetail;
  draft: Draft;
  setDraft: (draft: Draft) => void;
  judge: (verdict: VerdictKind) => void;
  status: string;
  at_ms: number;
  next: () => void;
}

export function Judge({ detail, draft, setDraft, judge, status, at_ms, next }: Props) {
  const { mine, given, others, together, closed } = detail.review;
  const isShut = closed && !mine;
  const reasons = mine ? (REASONS[mine.verdict] ?? []) : Object.values(REASONS).flat();
  return (
    <section class="judge" aria-label={T.verdict}>
      <div class="verdicts" role="group" aria-label={T.verdict}>
        {VERDICTS.map(([verdict, key]) => (
          <button type="button" key={verdict} aria-pressed={mine?.verdict === verdict} disabled={isShut} data-testid={`judge-${verdict}`} onClick={() => judge(verdict)}>
            <kbd>{key}</kbd> {T.verdicts[verdict]}
          </button>
        ))}
        <button type="button" class="quiet" data-testid="judge-missed" onClick={() => judge("missed")} title={clock(at_ms)}>
          {T.missed}
        </button>
        <button type="button" class="quiet" onClick={next}>
          {T.next}
        </button>
      </div>
      <p class="status" role="status" data-testid="judge-status">
        {status || (isShut ? T.closed : "")}
      </p>
      <div class="why">
        <label>
          <span>{T.why}</span>
          <select value={draft.reason} data-testid="judge-reason" onChange={(event) => setDraft({ ...draft, reason: event.currentTarget.value })}>
            <option value="">{T.noWhy}</option>
            {reasons.map((word) => (
              <option value={word} key={word}>
                {T.because[word]}
              </option>
            ))}
          </select>
        </label>
        <label class="note">
          <span>{T.note}</span>
          <input value={draft.note} maxLength={500} data-testid="judge-note" onInput={(event) => setDraft({ ...draft, note: event.currentTarget.value })} />
        </label>
        {mine && (
          <button type="button" data-testid="judge-save" onClick={() => judge(mine.verdict)}>
            {T.save}
          </button>
        )}
      </div>
      <Ratings draft={draft} setDraft={setDraft} />
      {!mine && !closed && given > 0 && (
        <p class="others" data-testid="blind">
          {T.blind(given)}
        </p>
      )}
      {mine?.sighted && (
        <p class="others" data-testid="sighted">
          {T.sighted}
        </p>
      )}
      {others.length > 0 && (
        <ul class="others" data-testid="others">
          {others.map((other) => (
            <li key={other.verdict_id}>
              {T.said(other.by, T.verdicts[other.verdict], other.note, other.sighted)}
            </li>
          ))}
          <li>{!mine ? "" : together === "disputed" ? T.disputed : others.every((other) => other.verdict === mine?.verdict) ? T.agreed : ""}</li>
        </ul>
      )}
    </section>
  );
}

function Ratings({ draft, setDraft }: Pick<Props, "draft" | "setDraft">) {
  return (
    <details class="ratings">
      <summary>
        {T.rate} <small>{T.rateHint}</small>
      </summary>
      {RATINGS.map((name) => (
        <fieldset key={name}>
          <legend>
            {T.ratings[name][0]} <small>{T.ratings[name][1]}</small>
          </legend>
          {[1, 2, 3, 4, 5].map((points) => (
            <label key={points}>
              <input type="radio" name={name} checked={draft.ratings[name] === points} onChange={() => setDraft({ ...draft, ratings: { ...draft.ratings, [name]: points } })} />
              {points}
            </label>
          ))}
        </fieldset>
      ))}
    </details>
  );
}
