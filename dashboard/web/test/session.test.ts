import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { Activity, askSession, askStanding, signInPath, TELL_MS } from "../src/session.ts";

const answer = (status: number, body: object = {}) => async () => new Response(JSON.stringify(body), { status });

test("a session, nobody, and a server that does not answer are three things", async () => {
  expect(await askSession(answer(200, { name: "Ada" }))).toMatchObject({ name: "Ada" });
  expect(await askSession(answer(401))).toBe(null);
  expect(await askSession(answer(503))).toBe(undefined);
  expect(await askStanding(answer(503))).toBe("unsure");
  expect(await askStanding(answer(502))).toBe(undefined);
  expect(await askSession(async () => Promise.reject(new TypeError("no network")))).toBe(undefined);
});

test("signing in leads back to the very place", () => {
  expect(signInPath({ pathname: "/", search: "" })).toBe("/sign-in");
  expect(signInPath({ pathname: "/", search: "?call=a b&alert=1" })).toBe("/sign-in?next=%2F%3Fcall%3Da%20b%26alert%3D1");
});

test("what is done on the page is told once a minute at most", () => {
  const tell = vi.fn();
  const activity = new Activity(tell, 0);
  for (const at_ms of [1, TELL_MS - 1, TELL_MS, TELL_MS + 1, 2 * TELL_MS]) activity.seen(at_ms);
  expect(tell).toHaveBeenCalledTimes(2);
});

test("the sign-in page has the colours of the board", () => {
  const colours = (file: string) => new Map([...readFileSync(file, "utf8").matchAll(/--([\w-]+): (#\w+);/g)].map(([, name, value]) => [`${name}`, value]));
  const [page, board] = [colours("public/sign-in.css"), colours("src/style/tokens.css")];
  for (const name of ["ground", "surface", "ink", "soft", "rule", "bad", "bad-wash", "accent"]) expect(page.get(name)).toBe(board.get(name));
});
