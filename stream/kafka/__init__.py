"""Kafka clients made from settings, dead letters, and the commands that look after topics."""
