"""The archive as quality review reads it: moments, what people say of them, how often the rules were right."""
