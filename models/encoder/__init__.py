"""Training and export of the speech encoder."""
