/** What the models run on, where that is known and worth a word. */

import type { CallView, ModelRef, Tone } from "./types.ts";

/** The execution provider that a model's worker names; missing or empty where the worker does not say. */
type Provider = "" | "cpu" | "cuda" | "cpu-beside-gpu";

/** Optional: records of earlier releases do not have it. */
type Placed = ModelRef & { provider?: Provider };

/** The encoder that heard the newest segment; optional as above. */
type Encoded = { model?: ModelRef | null };

const PROVIDERS: Record<Provider, string> = {
  "": "",
  cpu: "on the CPU",
  cuda: "on the GPU",
  "cpu-beside-gpu": "on the CPU although its machine has a GPU",
};

/** Empty where it is not known. */
export function providerText(model: ModelRef): string {
  const provider = (model as Placed).provider ?? "";
  return PROVIDERS[provider] ?? `on ${provider}`;
}

/** What a tone adds to its call's view: the encoder's model. A tone without one leaves the view the model it had. */
export function encoderIn(event: Tone & Encoded): Encoded {
  return event.model ? { model: event.model } : {};
}

/** The line for the header while a model leaves a GPU unused; empty while none does. Ended calls say nothing of now. */
export function unusedGpuText(views: readonly CallView[]): string {
  const live = views.filter((view) => view.state === "live");
  if (live.some((view) => isBesideGpu(encoderOf(view)))) return "The speech encoder runs on the CPU although this machine has a GPU";
  if (live.some((view) => isBesideGpu(view.latest?.model))) return "The reasons' model runs on the CPU although its machine has a GPU";
  return "";
}

/** The call's encoder now; where the tone does not name it, that of the alert that fired last. */
function encoderOf(view: CallView): ModelRef | null | undefined {
  const { model } = view as CallView & Encoded;
  if (model) return model;
  const alerts = Object.values(view.alerts).sort((a, b) => a.fired_ms - b.fired_ms || a.seq - b.seq);
  return alerts.at(-1)?.model;
}

function isBesideGpu(model: ModelRef | null | undefined): boolean {
  return (model as Placed | null | undefined)?.provider === "cpu-beside-gpu";
}
