"""What a number of simultaneous calls needs, from measured costs: sizes, a day's load, and what breaks first."""
