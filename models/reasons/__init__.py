"""Reasons: the small explainer's data, training and weights, and how well any explainer gives reasons."""
