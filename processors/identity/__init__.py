"""Identifiers: one spelling, validity, pseudonymous keys."""
