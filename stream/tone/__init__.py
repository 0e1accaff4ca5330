"""The judging core: baseline of this caller, rolling tone, change point, life of an alert.

Nothing here knows Kafka, faust or a clock: `step.step(memory, message, config)` takes what is remembered of a call and
one message, and returns what is to be written.
"""
