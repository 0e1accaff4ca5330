import { useEffect, useState } from "preact/hooks";

const asked = new Map<string, Promise<boolean>>();

/** Is there such a page? Asked once; a server that does not answer has none. */
function isServed(path: string, field: string): Promise<boolean> {
  const found =
    asked.get(path) ??
    fetch(path)
      .then(async (answer) => answer.ok && Boolean(((await answer.json()) as Record<string, boolean>)[field]))
      .catch(() => false);
  asked.set(path, found);
  return found;
}

function useServed(path: string, field: string): boolean {
  const [isThere, setThere] = useState(false);
  useEffect(() => void isServed(path, field).then(setThere), []);
  return isThere;
}

/** To the review desk, or to one alert there; nothing where there is no desk. */
export function ReviewLink({ alert_id = "", children }: { alert_id?: string; children: string }) {
  if (!useServed("/api/review", "desk")) return null;
  return (
    <a class="to-review" href={alert_id ? `/review/?${new URLSearchParams({ alert: alert_id })}` : "/review/"} data-testid={alert_id ? "review-alert" : "review"}>
      {children}
    </a>
  );
}

/** To the trends; nothing where there is no archive to tell them from. */
export function TrendsLink({ children }: { children: string }) {
  if (!useServed("/api/trends/there", "trends")) return null;
  return (
    <a class="to-review" href="/trends/" data-testid="trends-link">
      {children}
    </a>
  );
}
