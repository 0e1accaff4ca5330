"""What the HTML reports share: markup and plots as escaped text, number formats, the frame of a page."""
