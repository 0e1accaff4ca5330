"""What every long-running process has: signals, health, metrics, logs."""
