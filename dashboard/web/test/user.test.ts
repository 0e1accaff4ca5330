import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { rememberUserName, userName } from "../src/user.ts";

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  });
});

afterEach(() => vi.unstubAllGlobals());

test("a name is remembered without the spaces around it", () => {
  expect(userName()).toBe("");
  rememberUserName("  Ada ");
  expect(userName()).toBe("Ada");
});

test("a browser that forbids storage has no name, and that is no error", () => {
  const forbidden = () => {
    throw new Error("denied");
  };
  vi.stubGlobal("localStorage", { getItem: forbidden, setItem: forbidden });
  rememberUserName("Ada");
  expect(userName()).toBe("");
});
