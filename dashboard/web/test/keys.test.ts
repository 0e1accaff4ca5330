import { expect, test } from "vitest";
import { rowAfter, shortcutOf, type Press } from "../src/keys.ts";

const press = (key: string, held: Partial<Press> = {}): Press => ({ key, ctrlKey: false, metaKey: false, altKey: false, ...held });

test("letters are shortcuts, until somebody types into a field", () => {
  expect(["j", "k", "t", "d", "?", "/", "x"].map((key) => shortcutOf(press(key), false))).toEqual(["next", "previous", "take", "theme", "help", "search", null]);
  expect(["j", "k", "t", "/", "x"].map((key) => shortcutOf(press(key), true))).toEqual([null, null, null, null, null]);
});

test("Escape leaves the field first and closes the detail next", () => {
  expect(shortcutOf(press("Escape"), true)).toBe("blur");
  expect(shortcutOf(press("Escape"), false)).toBe("close");
});

test("a key with a modifier belongs to the browser", () => {
  for (const held of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }]) {
    expect(shortcutOf(press("t", held), false)).toBeNull();
  }
});

test("a walk begins at the near end and stops at both", () => {
  expect(rowAfter(-1, 1, 3)).toBe(0);
  expect(rowAfter(-1, -1, 3)).toBe(2);
  expect(rowAfter(1, 1, 3)).toBe(2);
  expect(rowAfter(2, 1, 3)).toBe(2);
  expect(rowAfter(0, -1, 3)).toBe(0);
});
