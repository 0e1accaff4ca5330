"""The explainer's process: moments in, rationales out, oldest shed first under load."""
