import { useEffect, useRef } from "preact/hooks";
import { T } from "./messages/index.ts";

/** The sheet of keys. It takes the focus, and gives it back to where it was. */
export function Sheet({ onClose }: { onClose: () => void }) {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    button.current?.focus();
    return () => before instanceof HTMLElement && before.focus();
  }, []);
  return (
    <div class="sheet" role="dialog" aria-label={T.page.keys} data-testid="sheet">
      <h2>{T.page.keys}</h2>
      <dl>
        {T.sheet.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <button type="button" ref={button} onClick={onClose}>
        {T.page.close}
      </button>
    </div>
  );
}
