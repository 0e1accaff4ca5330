import { expect, test } from "vitest";
import { otherTheme } from "../src/theme.ts";

test("the first change leaves the system's scheme, the next goes back", () => {
  expect(otherTheme(undefined, true)).toBe("light");
  expect(otherTheme(undefined, false)).toBe("dark");
  expect(otherTheme("light", true)).toBe("dark");
  expect(otherTheme("dark", false)).toBe("light");
});
