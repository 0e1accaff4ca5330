"""The review desk: the archive's moments over HTTP, their sound, and what people say of them."""
