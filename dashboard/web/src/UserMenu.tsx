import { T, LANGUAGE } from "./messages/index.ts";
import { choose, LANGUAGES, type Language } from "./messages/language.ts";
import type { Session } from "./session.ts";

/** Who is signed in, what is shown to whom, the language, and the way out. */
export function UserMenu({ session }: { session: Session }) {
  return (
    <details class="user" data-testid="user-menu">
      <summary aria-label={T.user.signedInAs(session.name)} data-testid="user-name">
        {session.name}
      </summary>
      <div class="menu">
        <dl>
          <div>
            <dt>{T.user.role}</dt>
            <dd data-testid="user-role">{T.user.roles[session.role]}</dd>
          </div>
          <div>
            <dt>{T.user.queues}</dt>
            <dd>{session.queues.join(", ") || T.user.all}</dd>
          </div>
          <div>
            <dt>{T.user.teams}</dt>
            <dd>{session.teams.join(", ") || T.user.all}</dd>
          </div>
        </dl>
        <label class="language">
          {T.page.language}
          <select value={LANGUAGE} data-testid="language" onChange={(event) => choose(event.currentTarget.value as Language)}>
            {Object.entries(LANGUAGES).map(([language, name]) => (
              <option key={language} value={language} lang={language}>
                {name}
              </option>
            ))}
          </select>
        </label>
        {session.signs_out && (
          <form method="post" action="/sign-out">
            <input type="hidden" name="token" value={session.csrf} />
            <button type="submit" data-testid="sign-out">
              {T.user.signOut}
            </button>
          </form>
        )}
      </div>
    </details>
  );
}
