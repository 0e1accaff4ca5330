"""Who looks at the board: signing in, sessions, roles and their scope, and the gate before every request."""
