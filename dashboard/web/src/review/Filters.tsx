import { hasFilter, NOTHING_WANTED, type Wanted } from "./address.ts";
import type { Choices } from "./types.ts";
import { ruleName } from "../words.ts";
import { T } from "./words.ts";

interface Props {
  wanted: Wanted;
  choices: Choices | null;
  want: (change: Partial<Wanted>) => void;
}

type Option = readonly [string, string];

export function Filters({ wanted, choices, want }: Props) {
  const named = (names: readonly string[] = []): Option[] => names.map((name) => [name, name]);
  const agents = (choices?.agents ?? []).map(({ id, name }): Option => [id, name || id]);
  const pick = (name: "queue" | "team" | "agent" | "rule" | "severity", options: readonly Option[]) => (
    <select aria-label={T[name]} value={wanted[name]} data-testid={`filter-${name}`} onChange={(event) => want({ [name]: event.currentTarget.value })}>
      <option value="">{T.all[name]}</option>
      {options.map(([value, text]) => (
        <option value={value} key={value}>
          {text}
        </option>
      ))}
      {wanted[name] && !options.some(([value]) => value === wanted[name]) && <option value={wanted[name]}>{wanted[name]}</option>}
    </select>
  );
  const day = (name: "from" | "until") => (
    <label class="day">
      <span>{T[name]}</span>
      <input type="date" value={wanted[name]} data-testid={`filter-${name}`} onChange={(event) => want({ [name]: event.currentTarget.value })} />
    </label>
  );
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <input type="search" id="search" placeholder={T.search} aria-label={T.search} value={wanted.q} data-testid="filter-q" onInput={(event) => want({ q: event.currentTarget.value })} />
      <select aria-label={T.unreviewed} value={wanted.unreviewed} data-testid="filter-unreviewed" onChange={(event) => want({ unreviewed: event.currentTarget.value as Wanted["unreviewed"] })}>
        <option value="">{T.anyReview}</option>
        <option value="me">{T.notByMe}</option>
        <option value="anybody">{T.notByAnybody}</option>
      </select>
      {pick("queue", named(choices?.queues))}
      {pick("rule", (choices?.rules ?? []).map((rule): Option => [rule, ruleName(rule)]))}
      {pick("severity", Object.entries(T.severities))}
      {(choices?.teams.length || wanted.team) && pick("team", named(choices?.teams))}
      {(agents.length || wanted.agent) && pick("agent", agents)}
      {day("from")}
      {day("until")}
      {hasFilter(wanted) && (
        <button type="button" onClick={() => want({ ...NOTHING_WANTED, alert: wanted.alert })}>
          {T.clear}
        </button>
      )}
    </form>
  );
}
