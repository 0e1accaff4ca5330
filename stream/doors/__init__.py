"""How calls come in: live ones through doors, and recordings, all over one `CallWriter`."""
