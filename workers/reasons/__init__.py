"""From a facts table to a reason that is true."""
