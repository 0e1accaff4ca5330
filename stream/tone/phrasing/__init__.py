"""How an argument is spoken: a language each, by one realiser (`sentence.py`)."""
