"""The listener: follows partitions of live audio and writes segments."""
