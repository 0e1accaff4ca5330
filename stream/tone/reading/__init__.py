"""What a caller's words are about beyond the topics that are evidence: a language each, for the argument alone."""
