import { useEffect, useState } from "preact/hooks";

let asked: Promise<boolean> | null = null;

/** Is there a review desk? Asked once; a server that does not answer has none. */
function hasDesk(): Promise<boolean> {
  asked ??= fetch("/api/review")
    .then(async (answer) => answer.ok && ((await answer.json()) as { desk: boolean }).desk)
    .catch(() => false);
  return asked;
}

/** To the review desk, or to one alert there; nothing where there is no desk. */
export function ReviewLink({ alert_id = "", children }: { alert_id?: string; children: string }) {
  const [isThere, setThere] = useState(false);
  useEffect(() => void hasDesk().then(setThere), []);
  if (!isThere) return null;
  return (
    <a class="to-review" href={alert_id ? `/review/?${new URLSearchParams({ alert: alert_id })}` : "/review/"} data-testid={alert_id ? "review-alert" : "review"}>
      {children}
    </a>
  );
}
