"""Live alerts over server-sent events, from the divisions' Redis streams."""
