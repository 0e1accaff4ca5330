"""Training of what judges the tone: the relative head and the forest."""
