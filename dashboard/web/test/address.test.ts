import { expect, test } from "vitest";
import { addressText, readAddress } from "../src/address.ts";
import { NO_FILTER } from "../src/order.ts";

const chosen = {
  call: "site/7 a",
  alert: "site/7 a/anger/44000",
  filter: { show: "alerts", queue: "Billing & more", team: "north", agent: "Ana B.", search: "refund?", pending: true, held: true },
  wall: true,
} as const;

test("what is open and filtered comes back from the address as it was", () => {
  expect(readAddress(addressText(chosen))).toEqual(chosen);
});

test("a page without anything open has a plain address", () => {
  expect(addressText({ call: "", alert: "left over", filter: NO_FILTER })).toBe("./");
  expect(readAddress("")).toEqual({ call: "", alert: "", filter: NO_FILTER, wall: false });
});

test("what the address says wrongly is as at first", () => {
  expect(readAddress("?show=everything&pending=yes").filter).toEqual(NO_FILTER);
});
