"""Reasons: the small explainer's data, training and weights, and the evaluation of any explainer."""
