import { groups } from "./groups.ts";
import type { Alert, CallView } from "./types.ts";

const CAUSES: Record<Alert["cause"], string> = {
  tone: "callers whose tone fell",
  interruptions: "calls with repeated interruptions",
  dead_air: "silent calls",
};

/** A line for each queue in which many alerts came at once. */
export function Groups({ views, onQueue }: { views: CallView[]; onQueue: (queue: string) => void }) {
  const found = groups(views);
  if (!found.length) return null;
  return (
    <ul class="groups" data-testid="groups">
      {found.map((group) => (
        <li key={`${group.queue}-${group.cause}`}>
          <button type="button" onClick={() => onQueue(group.queue)}>
            <strong>{group.queue || "no queue"}</strong>: {group.calls} {CAUSES[group.cause]} within two minutes
          </button>
        </li>
      ))}
    </ul>
  );
}
