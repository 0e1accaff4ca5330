"""Shared by the HTML reports: markup and plots as escaped text, number formats, the frame of a page."""
