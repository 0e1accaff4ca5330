"""How well prosody is measured at telephone band: beside Praat, with Praat at full band as the reference."""
