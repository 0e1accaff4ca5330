"""`tonewatch demo`: every role on one machine, fed with the demo calls, watched from one terminal."""
