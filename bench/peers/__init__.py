"""Peers of the engine on one small workload, and how they are measured."""
