"""Telephony systems that are not there: they play a real file to a real door, as the system itself would."""
