import { expect, test } from "vitest";
import { asksNow, choicesOf, held, leadingAlert, newsSince, NO_FILTER, OVERTAKE, passes, reorder, shownAlert, tier } from "../src/order.ts";
import { emptyView } from "../src/reduce.ts";
import type { AlertState, CallView } from "../src/types.ts";
import { alertWith } from "./samples.ts";

const call = (call_id: string, risk: number, fields: Partial<CallView> = {}): CallView => ({
  ...emptyView(call_id),
  call: { ...emptyView(call_id).call, title: `Call ${call_id}`, queue: "Billing" },
  risk,
  ...fields,
});

const alert = (alert_id: string, state: AlertState, fired_ms = 0) => alertWith({ alert_id, state, fired_ms });

test("the chosen alert stays in sight though another one leads, and gives way when it is gone", () => {
  const [mine, newer] = [alert("mine", "firing", 1), alert("newer", "firing", 9)];
  const view = call("a", 0.5, { alerts: { mine, newer } });
  expect(leadingAlert(view)).toBe(newer);
  expect(shownAlert(view, "mine")).toBe(mine);
  expect(shownAlert({ ...view, alerts: { newer } }, "mine")).toBe(newer);
});

test("the riskiest new call comes first", () => {
  expect(reorder([], [call("a", 0.1), call("b", 0.9), call("c", 0.4)])).toEqual(["b", "c", "a"]);
});

test("a small difference moves nothing, a clear one does", () => {
  expect(reorder(["a", "b"], [call("a", 0.3), call("b", 0.3 + OVERTAKE / 2)])).toEqual(["a", "b"]);
  expect(reorder(["a", "b"], [call("a", 0.3), call("b", 0.3 + OVERTAKE * 2)])).toEqual(["b", "a"]);
});

test("an active alert stands above any risk, and an ended call below all", () => {
  const views = [
    call("calm", 0.9),
    call("done", 0.95, { state: "ended" }),
    call("alert", 0.1, { alerts: { x: alert("x", "firing") } }),
  ];
  expect(reorder(["done", "calm", "alert"], views)).toEqual(["alert", "calm", "done"]);
});

test("calls that left the board leave the order", () => {
  expect(reorder(["gone", "a"], [call("a", 0)])).toEqual(["a"]);
});

test("an order of many calls settles and holds every call once", () => {
  const views = Array.from({ length: 40 }, (_, i) => call(String(i), ((i * 37) % 40) / 40));
  const once = reorder(views.map((view) => view.call_id), views);
  expect(new Set(once).size).toBe(40);
  expect(reorder(once, views)).toEqual(once);
});

test("an active alert leads; without one the newest does", () => {
  const alerts = { old: alert("old", "confirmed", 10), new: alert("new", "withdrawn", 90) };
  expect(leadingAlert(call("a", 0, { alerts }))?.alert_id).toBe("old");
  const past = { old: alert("old", "resolved", 10), new: alert("new", "withdrawn", 90) };
  expect(leadingAlert(call("a", 0, { alerts: past }))?.alert_id).toBe("new");
});

test("filters by queue, by state and by search text", () => {
  const all = NO_FILTER;
  const view = call("b-7", 0);
  expect(passes(view, all)).toBe(true);
  expect(passes(view, { ...all, queue: "Orders" })).toBe(false);
  expect(passes(view, { ...all, show: "alerts" })).toBe(false);
  expect(passes(view, { ...all, show: "ended" })).toBe(false);
  expect(passes(view, { ...all, search: "B-7" })).toBe(true);
  expect(passes(view, { ...all, search: "refund" })).toBe(false);
});

test("filters by team and by agent, who go by name where there is one", () => {
  const plain = call("a", 0);
  const view = { ...plain, call: { ...plain.call, team: "north", agent_id: "a-17", agent_name: "Ana B." } };
  expect(passes(view, { ...NO_FILTER, team: "north", agent: "Ana B." })).toBe(true);
  expect(passes(view, { ...NO_FILTER, team: "south" })).toBe(false);
  expect(passes(view, { ...NO_FILTER, agent: "a-17" })).toBe(false);
  expect(choicesOf([view, plain])).toMatchObject({ team: ["north"], agent: ["Ana B."] });
});

test("an unacknowledged alert leads before an acknowledged one", () => {
  const taken = { ...alert("taken", "confirmed", 90), acknowledged_by: "Ada" };
  expect(leadingAlert(call("a", 0, { alerts: { taken, fresh: alert("fresh", "firing", 10) } }))?.alert_id).toBe("fresh");
});

test("a snoozed alert waits below calls with active ones", () => {
  const snoozed = { ...alert("s", "firing"), snoozed_until_ms: 90_000 };
  const views = [call("quiet", 0.9, { alerts: { snoozed } }), call("loud", 0.1, { alerts: { x: alert("x", "firing") } })];
  expect(reorder(["quiet", "loud"], views)).toEqual(["loud", "quiet"]);
});

test("a call whose alert is only pending is none with alerts", () => {
  const filter = { ...NO_FILTER, show: "alerts" as const };
  expect(passes(call("a", 0, { alerts: { x: alert("x", "pending") } }), filter)).toBe(false);
});

test("the tab of alerts holds the calls that the counter counts: live ones with an active alert", () => {
  const filter = { ...NO_FILTER, show: "alerts" as const };
  const x = alert("x", "firing");
  const views = [
    call("on", 0, { alerts: { x } }),
    call("over", 0, { alerts: { x: alert("x", "resolved") } }),
    call("snoozed", 0, { alerts: { x: { ...x, snoozed_until_ms: 9 } } }),
    call("ended", 0, { state: "ended", alerts: { x } }),
    call("maybe", 0, { alerts: { x: alert("x", "pending") } }),
  ];
  expect(views.filter((view) => passes(view, filter)).map((view) => view.call_id)).toEqual(["on"]);
  expect(views.filter(asksNow)).toHaveLength(1);
});

test("a pending alert stands for no call", () => {
  expect(leadingAlert(call("a", 0, { alerts: { x: alert("x", "pending") } }))).toBeNull();
});

test("severity comes first, then what nobody looks after, then risk", () => {
  const of = (id: string, severity: "act" | "watch", by: string, risk: number) =>
    call(id, risk, { alerts: { x: { ...alert("x", "firing"), severity, acknowledged_by: by } } });
  const views = [
    call("calm", 1),
    of("watch taken", "watch", "Ada", 1),
    of("watch", "watch", "", 0.9),
    of("act taken", "act", "Ada", 0.9),
    of("act", "act", "", 0.1),
    of("act riskier", "act", "", 0.6),
  ];
  expect(reorder([], views)).toEqual(["act riskier", "act", "act taken", "watch", "watch taken", "calm"]);
  expect(reorder(views.map((view) => view.call_id), views)).toEqual(reorder([], views));
});

test("a list that is held keeps every row in its place, and what is new comes below", () => {
  expect(held(["a", "b", "gone"], ["new", "b", "a"], (id) => id !== "gone")).toEqual(["a", "b", "new"]);
});

test("news are calls that came and calls that became more urgent, not those that became less", () => {
  const loud = call("loud", 0, { alerts: { x: alert("x", "firing") } });
  const tiers = new Map([["loud", 4], ["calm", 0]]);
  expect(newsSince(tiers, [loud, call("calm", 0), call("new", 0)])).toBe(2);
  expect(newsSince(new Map([["loud", tier(loud)]]), [loud])).toBe(0);
});
