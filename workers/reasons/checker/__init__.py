"""The claim checker: statements found in a text, each held against the facts."""
