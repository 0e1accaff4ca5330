import { expect, test } from "vitest";
import { groups, LEAST_CALLS, unacknowledged, WITHIN_MS } from "../src/groups.ts";
import { emptyView } from "../src/reduce.ts";
import type { Alert, CallView } from "../src/types.ts";
import { alertWith } from "./samples.ts";

const call = (call_id: string, queue: string, fired_ms: number, fields: Partial<Alert> = {}): CallView => ({
  ...emptyView(call_id),
  call: { ...emptyView(call_id).call, queue, started_at_ms: 1_000_000 },
  alerts: { x: alertWith({ alert_id: "x", state: "firing", cause: "tone", fired_ms, ...fields }) },
});

const many = (queue: string, count: number, every_ms: number) =>
  Array.from({ length: count }, (_, i) => call(`${queue}${i}`, queue, i * every_ms));

test("many alerts of one queue at once are one group", () => {
  const found = groups([...many("billing", LEAST_CALLS, 1_000).reverse(), ...many("orders", LEAST_CALLS - 1, 1_000)]);
  expect(found).toMatchObject([{ queue: "billing", cause: "tone", calls: LEAST_CALLS, since_at_ms: 1_000_000 }]);
  expect(found[0]?.alerts.map((alert) => alert.fired_ms)).toEqual([0, 1_000, 2_000]);
});

test("alerts far apart in time are no group", () => {
  expect(groups(many("billing", LEAST_CALLS, WITHIN_MS))).toEqual([]);
});

test("what is over, snoozed or of another cause does not count", () => {
  const few = many("billing", LEAST_CALLS - 1, 0);
  for (const fields of [{ state: "resolved" }, { snoozed_until_ms: 5 }, { cause: "dead_air" }] as Partial<Alert>[]) {
    expect(groups([...few, call("other", "billing", 0, fields)])).toEqual([]);
  }
});

test("an acknowledged alert stays in its group and is not acknowledged again", () => {
  const [group] = groups([...many("billing", LEAST_CALLS, 0), call("a", "billing", 0, { acknowledged_by: "Ada" })]);
  expect(group?.calls).toBe(LEAST_CALLS + 1);
  expect(group && unacknowledged(group)).toHaveLength(LEAST_CALLS);
});
