"""Blind rating of reasons: sheets to fill in, and what their scores say."""
