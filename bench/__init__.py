"""Benchmarks: each prints one table with its command, machine and date. Never timed tests."""
