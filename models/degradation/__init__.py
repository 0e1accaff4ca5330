"""Evaluation of alerts on calls of known onset: stitching the calls, running them, scoring."""
