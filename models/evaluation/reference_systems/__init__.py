"""Simple systems to compare an encoder with, trained in the same run on voices that are not tested."""
