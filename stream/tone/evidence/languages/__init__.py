"""What Tonewatch looks for in words: one language a file, all of them in `registry`."""
