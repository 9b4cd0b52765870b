"""Contracts and tables: what crosses a boundary, and the codes and numbers that everyone shares."""
