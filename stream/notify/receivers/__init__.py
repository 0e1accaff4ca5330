"""One module a kind of receiver: how a delivery is said there, and how its answer is understood."""
