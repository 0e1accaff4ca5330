"""Metrics of the speech emotion encoder on labelled recordings of any origin."""
