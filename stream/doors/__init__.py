"""How calls come in: recordings today, each door over one `CallWriter`."""
