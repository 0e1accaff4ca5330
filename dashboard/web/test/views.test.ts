import { expect, test } from "vitest";
import { NO_FILTER } from "../src/order.ts";
import { filterOf, keepViews, MOST_VIEWS, viewsOf, withView } from "../src/views.ts";

function storage(kept: Record<string, string> = {}) {
  return { getItem: (key: string) => kept[key] ?? null, setItem: (key: string, value: string) => void (kept[key] = value) };
}

const billing = { ...NO_FILTER, queue: "Billing", show: "alerts" as const, pending: true };

test("a view comes back as it was saved, for who saved it alone", () => {
  const store = storage();
  keepViews("Ada", withView(viewsOf("Ada", store), "  Mine ", billing), store);
  const [view] = viewsOf("Ada", store);
  expect(view?.name).toBe("Mine");
  expect(filterOf(view!)).toEqual(billing);
  expect(viewsOf("Grace", store)).toEqual([]);
});

test("a view of everything is one too", () => {
  const [view] = withView([], "All", NO_FILTER);
  expect(filterOf(view!)).toEqual(NO_FILTER);
});

test("a name stands once, and there is a bound", () => {
  const two = withView(withView([], "b", billing), "a", NO_FILTER);
  expect(withView(two, "b", NO_FILTER).map(({ name, query }) => [name, query])).toEqual([["a", "./"], ["b", "./"]]);
  expect(withView(two, "  ", billing)).toEqual(two);
  const many = Array.from({ length: MOST_VIEWS }, (_, n) => ({ name: `v${n}`, query: "./" }));
  expect(withView(many, "new", billing)).toHaveLength(MOST_VIEWS);
});

test("what is no list of views counts as none, and forbidden storage stops nothing", () => {
  expect(viewsOf("Ada", storage({ "tonewatch.views.Ada": "{" }))).toEqual([]);
  expect(viewsOf("Ada", storage({ "tonewatch.views.Ada": '[{"name": 1}, null, {"name": "x", "query": "?queue=a"}]' }))).toHaveLength(1);
  const forbidden = { getItem: () => null, setItem: () => { throw new Error("full"); } };
  keepViews("Ada", [], forbidden);
});
