"""Alerts told to people and systems outside: routes, receivers, deliveries that outlive a restart."""
