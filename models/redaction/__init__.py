"""What the redaction of transcripts finds and what it takes away for nothing, on lines that were written for it."""
