/** What the page is asked for: in the address, so that it can be sent. */

export interface Wanted {
  hours: number;
  queue: string;
  team: string;
}

/** A day, three days, a week, two weeks: the server takes 336 hours at most (`LONGEST_HOURS`). */
export const PERIODS = [24, 72, 168, 336] as const;

export function readWanted(search: string): Wanted {
  const said = new URLSearchParams(search);
  const hours = Number(said.get("hours"));
  return { hours: PERIODS.find((one) => one === hours) ?? PERIODS[0], queue: said.get("queue") ?? "", team: said.get("team") ?? "" };
}

/** As a query, of the page and of the server alike. */
export function wantedText({ hours, queue, team }: Wanted): string {
  const said = new URLSearchParams({ hours: String(hours) });
  if (queue) said.set("queue", queue);
  if (team) said.set("team", team);
  return `?${said}`;
}
