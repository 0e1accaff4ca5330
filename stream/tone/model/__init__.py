"""Fitted weights that judge a segment against the caller's baseline."""
