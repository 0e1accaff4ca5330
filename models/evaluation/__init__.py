"""Figures of what Tonewatch hears, on anyone's labelled recordings."""
