"""One call taken out of everything that is kept of it, with a receipt; and all of it in one file before."""
