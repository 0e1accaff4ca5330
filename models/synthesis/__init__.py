"""The demo calls, written and spoken here: dialogue as data, voices, rules that shape a tone, a telephone line."""
