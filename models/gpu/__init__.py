"""Figures of a GPU with torch, numpy and this repository alone (`tonewatch bench gpu`)."""
