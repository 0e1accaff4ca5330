"""Data sets, training, evaluation and weights of the models."""
