/** The parts of the detail that can be checked against the audio: measurements, claims, quotes, segments, models. */

import { T } from "./messages/index.ts";
import { plain } from "./numbers.ts";
import { providerText } from "./provider.ts";
import { isAdvice } from "./reason.ts";
import type { Alert, Fact, FactsTable, ModelRef, Posterior, Quote, Rationale } from "./types.ts";
import { behaviourText, claimsText, clock, difference, factName, fallbackText, limitsText, measured, percent, ruleName, ruleText, signed, topicsText, unitName, baselineText } from "./words.ts";

export function FactsRows({ facts, table }: { facts: Fact[]; table: FactsTable | null }) {
  const { columns } = T.evidence;
  return (
    <section>
      <h3>
        {T.evidence.measurements}
        {table && (
          <small>
            {T.evidence.fromTo(clock(table.window_start_ms), clock(table.window_end_ms), baselineText(table))}
          </small>
        )}
      </h3>
      <table class="facts">
        <thead>
          <tr>
            <th scope="col">{columns.fact}</th>
            <th scope="col">{table ? columns.measured : columns.now}</th>
            <th scope="col">{columns.usual}</th>
            <th scope="col">{columns.difference}</th>
            <th scope="col">{columns.deviations}</th>
          </tr>
        </thead>
        <tbody>
          {facts.map((fact) => (
            <tr key={fact.name} class={fact.salient ? "salient" : ""}>
              <th scope="row">{factName(fact.name)}</th>
              <td>{measured(fact, fact.value)}</td>
              <td>{measured(fact, fact.baseline)}</td>
              <td>
                {difference(fact)} <small>{unitName(fact)}</small>
              </td>
              <td>{signed(fact.z, 1)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {table && behaviourText(table) && <p class="note">{behaviourText(table)}</p>}
      {table && topicsText(table.words) && (
        <p class="note" data-testid="spoken-of">
          {topicsText(table.words)}
        </p>
      )}
    </section>
  );
}

/** Top to bottom: the degraded tones first. */
const EMOTIONS: readonly (keyof Posterior)[] = ["angry", "sad", "neutral", "happy"];

interface PosteriorProps {
  now: Posterior | null;
  baseline: Posterior | null;
  /** The call goes on, and so does what was heard. */
  isNow: boolean;
  /** No alert is open: the bars alarm nobody. */
  isCalm: boolean;
}

export function PosteriorBars({ now, baseline, isNow, isCalm }: PosteriorProps) {
  if (!now) return null;
  return (
    <section>
      <h3>
        {isNow ? T.evidence.hears : T.evidence.heard} {baseline && <small>{T.evidence.tick}</small>}
      </h3>
      <ul class={isCalm ? "posterior calm" : "posterior"}>
        {EMOTIONS.map((emotion) => (
          <li key={emotion}>
            <span>{T.evidence.emotions[emotion]}</span>
            <span class={`bar ${emotion}`}>
              <span class="fill" style={{ width: `${now[emotion] * 100}%` }} />
              {baseline && <span class="baseline" style={{ left: `${baseline[emotion] * 100}%` }} />}
            </span>
            <span class="value">{percent(now[emotion])}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** `isOfNow`: what it advises can still be done, and is one of the claims. */
export function Claims({ rationale, isOfNow }: { rationale: Rationale; isOfNow: boolean }) {
  const line = [claimsText(rationale), fallbackText(rationale.fallback)].filter(Boolean).join(" ");
  if (!line) return null;
  const claims = isOfNow ? rationale.claims : rationale.claims.filter((claim) => !isAdvice(claim));
  return (
    <section>
      <h3>{T.evidence.claims}</h3>
      <p class="note" data-testid="claims">
        {line}
      </p>
      {claims.length > 0 && (
        <ul class="claims">
          {claims.map((claim, index) => (
            <li key={index} class={claim.verdict}>
              <span class="mark" aria-hidden="true">
                {claim.verdict === "true" ? "✓" : claim.verdict === "false" ? "✕" : "?"}
              </span>
              <span>{claim.text}</span>
              <small>{claim.verdict === "true" ? T.evidence.agrees(factName(claim.fact)) : T.evidence.verdicts[claim.verdict]}</small>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

export function Quotes({ quotes }: { quotes: Quote[] }) {
  if (!quotes.length) return null;
  return (
    <section>
      <h3>{T.evidence.said}</h3>
      {quotes.map((quote) => (
        <blockquote key={quote.segment_id}>
          <span class="at">{clock(quote.start_ms)}</span>
          {quote.text}
        </blockquote>
      ))}
    </section>
  );
}

export function EvidenceTable({ alert }: { alert: Alert }) {
  return (
    <section>
      <h3>
        {T.evidence.segments} <small>{alert.evidence[0]?.audio.topic}</small>
      </h3>
      <table>
        <thead>
          <tr>
            <th scope="col">{T.evidence.from}</th>
            <th scope="col">{T.evidence.to}</th>
            <th scope="col">{T.evidence.tone}</th>
            <th scope="col">{T.evidence.partition}</th>
            <th scope="col">{T.evidence.offsets}</th>
          </tr>
        </thead>
        <tbody>
          {alert.evidence.map((item) => (
            <tr key={item.segment_id}>
              <td>{clock(item.start_ms)}</td>
              <td>{clock(item.end_ms)}</td>
              <td>{signed(item.tone)}</td>
              <td>{item.audio.partition}</td>
              <td>
                {T.evidence.range(item.audio.first_offset, item.audio.last_offset)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

export function Provenance({ alert, rationale }: { alert: Alert; rationale: Rationale | null }) {
  const [fires, clears] = limitsText(alert.thresholds, alert.cause);
  const rows: [string, string][] = [
    [T.evidence.rule, ruleText(alert)],
    ...(alert.also.length ? [[T.evidence.standsFor, alert.also.map(ruleName).join(", ")] as [string, string]] : []),
    [T.evidence.fires, fires],
    ...(alert.probability === null ? [] : [[T.evidence.firedAt, T.evidence.sure(percent(alert.probability))] as [string, string]]),
    [T.evidence.clears, clears],
    [T.evidence.decidedBy, T.evidence.deciders[alert.decided_by]],
    [T.evidence.encoder, alert.model ? modelText(alert.model) : T.evidence.noModel],
    ...(rationale?.model ? [[T.evidence.reasonBy, modelText(rationale.model)] as [string, string]] : []),
    ...(rationale
      ? [[T.evidence.answer, T.evidence.answerText(T.evidence.decisions[rationale.decision], percent(rationale.confidence), plain(rationale.seconds, 1))] as [string, string]]
      : []),
    [T.evidence.alert, alert.alert_id],
  ];
  return (
    <section>
      <h3>{T.evidence.decided}</h3>
      <dl class="provenance">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** Name, weights, and what the model runs on where that is known. */
function modelText(model: ModelRef): string {
  return [`${model.name} ${model.version}`, providerText(model)].filter(Boolean).join(", ");
}
