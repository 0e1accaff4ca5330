"""Asterisk's AudioSocket: a TCP connection a leg of a call."""
