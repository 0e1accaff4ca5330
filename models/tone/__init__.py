"""Training of the models that judge the tone: the relative head and the forest."""
