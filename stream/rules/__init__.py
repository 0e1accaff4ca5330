"""Which alerts a queue or a team wants: rules, the file they stand in, and how a running monitor follows that file."""
