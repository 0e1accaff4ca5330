"""Moments for a language model to write about, what was written of them, and the training on it."""
