"""A key for each call: records are encrypted under it, and erasing a call destroys it (README.md)."""
