"""What is proven or measured on a running house: `tonewatch bench ...`."""
