import { expect, test } from "vitest";
import { providerText, unusedGpuText } from "../src/provider.ts";
import { apply, emptyView } from "../src/reduce.ts";
import type { BoardEvent, CallView, ModelRef } from "../src/types.ts";
import { alertWith, golden, reasonWith } from "./samples.ts";

const on = (provider?: string) => ({ name: "encoder", version: "1", provider }) as ModelRef;
const ENCODER = "The speech encoder runs on the CPU although this machine has a GPU";

const call = (fields: Partial<CallView> & { model?: ModelRef | null }): CallView => ({ ...emptyView("c"), ...fields });

test("the provider reads plainly, and a record without one says nothing", () => {
  expect(providerText(on("cuda"))).toBe("on the GPU");
  expect(providerText(on("cpu-beside-gpu"))).toBe("on the CPU although its machine has a GPU");
  expect(providerText(on(""))).toBe("");
  expect(providerText(on())).toBe("");
});

test("a provider of a newer release is named as it stands", () => {
  expect(providerText(on("rocm"))).toBe("on rocm");
});

test("an encoder beside an unused GPU is said while its call lives", () => {
  expect(unusedGpuText([call({ model: on("cuda") }), call({ model: on("cpu-beside-gpu") })])).toBe(ENCODER);
  expect(unusedGpuText([call({ model: on("cpu-beside-gpu"), state: "ended" })])).toBe("");
  expect(unusedGpuText([call({ model: on("cpu") }), call({ model: null })])).toBe("");
});

test("where the tone names no encoder the newest alert's counts", () => {
  const [old, now] = [alertWith({ fired_ms: 1, model: on("cpu-beside-gpu") }), alertWith({ fired_ms: 9, model: on("cuda") })];
  expect(unusedGpuText([call({ alerts: { old } })])).toBe(ENCODER);
  expect(unusedGpuText([call({ alerts: { old, now } })])).toBe("");
  expect(unusedGpuText([call({ alerts: { old }, model: on("cuda") })])).toBe("");
});

test("the model of the newest reason is told apart from the encoder", () => {
  expect(unusedGpuText([call({ latest: reasonWith({ model: on("cpu-beside-gpu") }) })])).toContain("reasons' model");
  expect(unusedGpuText([call({ latest: reasonWith({ model: null }) })])).toBe("");
});

test("a call keeps the encoder that its newest tone names", () => {
  const [first, second] = golden[0]!.events.filter((event) => event.type === "tone");
  const encoded = apply(emptyView("c"), { ...first!, model: on("cpu-beside-gpu") } as BoardEvent);
  expect(unusedGpuText([encoded])).toBe(ENCODER);
  expect(unusedGpuText([apply(encoded, { ...second!, model: null } as BoardEvent)])).toBe(ENCODER);
  expect(unusedGpuText([apply(encoded, { ...second!, model: on("cuda") } as BoardEvent)])).toBe("");
});
