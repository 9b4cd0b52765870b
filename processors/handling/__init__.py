"""The clerks' half of an alert: what a decision does to it, what it stands on, and when it comes back (domain 3.1)."""
