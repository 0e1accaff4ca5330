"""Servers and processes of one machine: embedded broker and Redis, Apache Kafka, child processes, consumer lag."""
