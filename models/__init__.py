"""Tonewatch."""
