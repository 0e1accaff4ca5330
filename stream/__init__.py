"""The contract of Tonewatch (messages, topics, settings) and the parts that only move or judge events."""
