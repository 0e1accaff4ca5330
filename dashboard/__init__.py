"""The board: a web page, its websocket, and what feeds them from Redis."""
