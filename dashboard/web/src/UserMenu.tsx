import type { Session } from "./session.ts";

const ROLES: Record<Session["role"], string> = {
  supervisor: "Supervisor",
  qa: "Quality",
  integrator: "Integrator",
  admin: "Administrator",
};

/** Who is signed in, what is shown to whom, and the way out. */
export function UserMenu({ session }: { session: Session }) {
  return (
    <details class="user" data-testid="user-menu">
      <summary aria-label={`Signed in as ${session.name}`} data-testid="user-name">
        {session.name}
      </summary>
      <div class="menu">
        <dl>
          <div>
            <dt>Role</dt>
            <dd data-testid="user-role">{ROLES[session.role]}</dd>
          </div>
          <div>
            <dt>Queues</dt>
            <dd>{session.queues.join(", ") || "all"}</dd>
          </div>
          <div>
            <dt>Teams</dt>
            <dd>{session.teams.join(", ") || "all"}</dd>
          </div>
        </dl>
        {session.signs_out && (
          <form method="post" action="/sign-out">
            <input type="hidden" name="token" value={session.csrf} />
            <button type="submit" data-testid="sign-out">
              Sign out
            </button>
          </form>
        )}
      </div>
    </details>
  );
}
