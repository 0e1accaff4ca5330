import { readdirSync, readFileSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";
import { de } from "../src/messages/de.ts";
import { en } from "../src/messages/en.ts";
import { COOKIE, languageOf } from "../src/messages/language.ts";
import { textsOutside } from "./catalogue.ts";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** Every key, as "list.none"; of a function with how many values it takes. */
function keys(messages: object, at = ""): string[] {
  return Object.entries(messages).flatMap(([key, value]: [string, unknown]) => {
    const path = at ? `${at}.${key}` : key;
    if (typeof value === "function") return [`${path}(${value.length})`];
    return typeof value === "object" && value !== null ? keys(value, path) : [path];
  });
}

test("both languages have the same keys, and no text is missing", () => {
  expect(keys(de).map(withoutValues).sort()).toEqual(keys(en).map(withoutValues).sort());
  for (const catalogue of [en, de]) {
    const empty = texts(catalogue).filter(([, text]) => text === "");
    expect(empty.map(([path]) => path)).toEqual(["units.share", "fallbacks.", "desk.verdicts.", "desk.callVerdicts."]);
  }
});

/** A language may leave a value out that its sentence does not need. */
const withoutValues = (key: string) => key.replace(/\(\d\)$/, "()");

function texts(messages: object, at = ""): [string, string][] {
  return Object.entries(messages).flatMap(([key, value]: [string, unknown]): [string, string][] => {
    const path = at ? `${at}.${key}` : key;
    if (typeof value === "string") return [[path, value]];
    return typeof value === "object" && value !== null ? texts(value, path) : [];
  });
}

test("a language that was chosen counts before the browser's, and one that is not there counts nothing", () => {
  expect(languageOf("", ["de-AT", "en"])).toBe("de");
  expect(languageOf("", ["fr", "en-US", "de"])).toBe("en");
  expect(languageOf(`a=b; ${COOKIE}=en`, ["de"])).toBe("en");
  expect(languageOf(`${COOKIE}=constructor`, ["de"])).toBe("de");
  expect(languageOf("", [])).toBe("en");
});

test("in German numbers, percent and sentences are German", { timeout: 60_000 }, async () => {
  vi.stubGlobal("document", { cookie: `${COOKIE}=de`, documentElement: {} });
  vi.stubGlobal("navigator", { languages: ["en"] });
  const { signed, percent, behindText, wallClock, ruleName } = await import("../src/words.ts");
  expect(signed(-0.5)).toBe("\u22120,50");
  expect(percent(0.42)).toBe("42 %");
  expect(behindText({ behind_ms: 12_400, behind_at_ms: 1_000_000 }, 1_005_000)).toContain("wurde vor 12 s gesagt");
  expect(wallClock(0)).toMatch(/^\d\d:\d\d:\d\d /);
  expect([ruleName("dead_air"), ruleName("our_own_rule")]).toEqual(["Stille", "Our own rule"]);
});

test("no text of a page stands outside the catalogue", { timeout: 60_000 }, () => {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file) && !/^messages\/|(types|advice)\.ts$/.test(file))
    .map((file) => `src/${file}`);
  expect(files.length).toBeGreaterThan(50);
  expect(files.flatMap((file) => textsOutside(file, readFileSync(file, "utf8")).map((text) => `${file}:${text}`))).toEqual([]);
});

test.each([
  ["a text in an element", "<p>Hello</p>"],
  ["a value of one", '<p>{isOver ? "ended" : T.live}</p>'],
  ["a name for a screen reader", '<button aria-label="Close" />'],
  ["a template", "<p>{`${count} calls`}</p>"],
  ["a sentence that goes elsewhere", 'const text = "No answer came.";'],
])("the scan finds %s", (_what, source) => {
  expect(textsOutside("x.tsx", source)).toHaveLength(1);
});

test.each([
  ["classes and test ids", '<p class={`row ${isOpen ? "open wide" : ""}`} data-testid="not judged" />'],
  ["comparisons", '<p>{state === "over" && T.over}</p>'],
  ["signs", '<p>{ok ? "✓" : "?"} · {T.text}</p>'],
  ["words of the messages", 'act("acknowledge")'],
])("the scan leaves out %s", (_what, source) => {
  expect(textsOutside("x.tsx", source)).toEqual([]);
});
