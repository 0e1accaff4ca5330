/** What the models run on, where that is known and worth a word. */

import { named, T } from "./messages/index.ts";
import type { CallView, ModelRef } from "./types.ts";

/** By the execution provider that a model's worker names; empty where a worker of an earlier release did not say. */
const PROVIDERS: Record<string, string> = {
  "": "",
  cpu: T.provider.cpu,
  cuda: T.provider.cuda,
  "cpu-beside-gpu": T.provider.besideGpu,
};

/** Empty where it is not known. */
export function providerText(model: ModelRef): string {
  // Records that an older release left in Redis have no such field.
  const provider = model.provider ?? "";
  return named(PROVIDERS, provider) ?? T.provider.other(provider);
}

/** The line for the header while a model leaves a GPU unused; empty while none does. Ended calls say nothing of now. */
export function unusedGpuText(views: readonly CallView[]): string {
  const live = views.filter((view) => view.state === "live");
  if (live.some((view) => isBesideGpu(encoderOf(view)))) return T.provider.encoder;
  if (live.some((view) => isBesideGpu(view.latest?.model))) return T.provider.reasons;
  return "";
}

/** The call's encoder now; where no tone named it yet, that of the alert that fired last. */
function encoderOf(view: CallView): ModelRef | null | undefined {
  if (view.model) return view.model;
  const alerts = Object.values(view.alerts).sort((a, b) => a.fired_ms - b.fired_ms || a.seq - b.seq);
  return alerts.at(-1)?.model;
}

function isBesideGpu(model: ModelRef | null | undefined): boolean {
  return model?.provider === "cpu-beside-gpu";
}
