import { useState } from "preact/hooks";
import { T } from "./messages/index.ts";
import type { Filter } from "./order.ts";
import { filterOf, keepViews, LONGEST_NAME, viewsOf, withView, type View } from "./views.ts";

interface Props {
  person: string;
  filter: Filter;
  onFilter: (filter: Filter) => void;
}

/** The menu of saved views: choose one, save the filters of now under a name, remove one. */
export function Views({ person, filter, onFilter }: Props) {
  const [views, setViews] = useState(() => viewsOf(person, localStorage));
  const [name, setName] = useState("");
  const keep = (next: View[]) => {
    keepViews(person, next, localStorage);
    setViews(next);
  };
  return (
    <details class="user views" data-testid="views">
      <summary aria-label={T.views.menu} title={T.views.menu} data-testid="views-menu">
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
          <path d="M4 2.5h8v11l-4-3-4 3z" />
        </svg>
      </summary>
      <div class="menu">
        {views.length === 0 && <p class="note">{T.views.none}</p>}
        <ul>
          {views.map((view) => (
            <li key={view.name}>
              <button type="button" class="chosen" data-testid="view" onClick={() => onFilter(filterOf(view))}>
                {view.name}
              </button>
              <button type="button" class="icon" aria-label={T.views.remove(view.name)} title={T.views.remove(view.name)} data-testid="view-remove" onClick={() => keep(views.filter((one) => one !== view))}>
                <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
                  <path d="M3.5 3.5l9 9M12.5 3.5l-9 9" />
                </svg>
              </button>
            </li>
          ))}
        </ul>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            keep(withView(views, name, filter));
            setName("");
          }}
        >
          <label>
            {T.views.name}
            <input value={name} maxLength={LONGEST_NAME} data-testid="view-name" onInput={(event) => setName(event.currentTarget.value)} />
          </label>
          <button type="submit" disabled={!name.trim()} data-testid="view-save">
            {T.views.save}
          </button>
        </form>
        <p class="note">{T.views.where}</p>
      </div>
    </details>
  );
}
