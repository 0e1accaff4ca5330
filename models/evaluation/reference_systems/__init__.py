"""Simple peers of the encoder, trained in the same run on voices that are not tested: what must be beaten to matter."""
