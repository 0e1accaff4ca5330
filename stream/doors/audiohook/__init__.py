"""Genesys AudioHook, version 2 of its protocol."""
