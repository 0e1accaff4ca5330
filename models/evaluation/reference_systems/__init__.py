"""Simple reference systems, trained in the same run on voices that are not tested: the bar that an encoder must pass."""
