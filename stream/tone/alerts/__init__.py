"""The life of alerts: which rule raises one, what keeps it open, what users do with it."""
