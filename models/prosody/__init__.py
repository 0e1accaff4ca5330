"""Accuracy of the prosody at telephone band, ours and Praat's, with Praat at full band as the reference."""
