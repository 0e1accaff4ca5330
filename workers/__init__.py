"""From sound to segments, and from facts to reasons."""
