"""Twilio Media Streams, and the forms of it that Telnyx and SignalWire send."""
