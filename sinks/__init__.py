"""What leaves canbao: read models and metrics. Knows schemas only."""
