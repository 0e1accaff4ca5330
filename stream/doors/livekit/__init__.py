"""LiveKit: a websocket that carries one track of a room."""
