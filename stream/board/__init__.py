"""The board's view of calls and alerts, and the sink that keeps it in Redis."""
