"""Where in a call the tone degrades, held against calls of known onset: stitching them, running them, counting."""
