"""A websocket of our own: a JSON hello, binary audio, a JSON end."""
