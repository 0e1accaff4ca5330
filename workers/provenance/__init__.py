"""Where an alert comes from: everything it rests on, and whether that comes out again."""
