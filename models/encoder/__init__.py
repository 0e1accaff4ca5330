"""Data preparation, training, cross-validation and export of the speech encoder."""
