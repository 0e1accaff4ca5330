"""The technical file of the EU's AI Act, made from what runs: its settings, rules, weights, cards and tests."""
