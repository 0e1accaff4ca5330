import { delayItem, judgedItem, modelsItem, modelsOf, shedItem, unjudgedNow, type Shed } from "./health.ts";
import { busiest } from "./heldBack.ts";
import { T } from "./messages/index.ts";
import { plain } from "./numbers.ts";
import type { CallView, QueueLoad } from "./types.ts";
import type { Counters } from "./words.ts";

interface Props {
  live: readonly CallView[];
  not_analysed: number;
  counters: Counters;
  shed: readonly Shed[];
  load: readonly QueueLoad[];
  server_now_ms: number;
}

/** How the board itself does, on one line; opened, with the figures behind it. */
export function Strip({ live, not_analysed, counters, shed, load, server_now_ms }: Props) {
  const items = [delayItem(counters, server_now_ms), shedItem(shed), judgedItem(live, not_analysed), modelsItem(live)];
  return (
    <details class="strip" data-testid="strip">
      <summary title={T.strip.more}>
        <span data-name="load" class={load.some((one) => one.held > 0) ? "trouble" : undefined}>
          {loadText(load)}
        </span>
        {items.map(
          (item) =>
            item && (
              <span key={item.name} data-name={item.name} class={item.isTrouble ? "trouble" : undefined}>
                {item.text}
              </span>
            ),
        )}
      </summary>
      <section class="figures" aria-label={T.strip.more}>
        <LoadTable load={load} />
        <Unjudged live={live} />
        <Models live={live} />
      </section>
    </details>
  );
}

function loadText(load: readonly QueueLoad[]): string {
  const most = busiest(load);
  const alerts = load.reduce((sum, one) => sum + one.alerts, 0);
  return most ? T.strip.alerts(alerts, most.queue || T.list.noQueue, plain(most.per_supervisor, 1)) : T.strip.noAlerts;
}

function LoadTable({ load }: { load: readonly QueueLoad[] }) {
  const { columns } = T.strip;
  if (!load.length) return <p class="note">{T.strip.noAlerts}</p>;
  return (
    <table data-testid="load">
      <caption>{T.strip.load}</caption>
      <thead>
        <tr>
          {Object.entries(columns).map(([name, text]) => (
            <th scope="col" key={name}>
              {text}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {load.map((one) => (
          <tr key={one.queue} class={one.held > 0 ? "trouble" : undefined}>
            <th scope="row">{one.queue || T.list.noQueue}</th>
            <td>{one.alerts}</td>
            <td>{one.supervisors}</td>
            <td>{plain(one.per_supervisor, 1)}</td>
            <td>{one.budget || T.strip.noBudget}</td>
            <td>{one.held}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Unjudged({ live }: { live: readonly CallView[] }) {
  const found = unjudgedNow(live);
  if (!found.length) return null;
  return (
    <dl>
      <dt>{T.strip.unjudgedWhy}</dt>
      {found.map(([why, count]) => (
        <dd key={why}>
          {count} × {why}
        </dd>
      ))}
    </dl>
  );
}

function Models({ live }: { live: readonly CallView[] }) {
  const { voice, reasons } = modelsOf(live);
  if (!voice.length && !reasons.length) return null;
  return (
    <dl data-testid="models">
      <dt>{T.strip.models}</dt>
      {voice.map((name) => (
        <dd key={`voice ${name}`}>
          {T.strip.voice}: {name}
        </dd>
      ))}
      {reasons.map((name) => (
        <dd key={`reasons ${name}`}>
          {T.strip.reasons}: {name}
        </dd>
      ))}
    </dl>
  );
}
