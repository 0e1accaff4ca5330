"""What quality review needs after Kafka has forgotten it: alerts, reasons, moments, and the audio of the evidence."""
