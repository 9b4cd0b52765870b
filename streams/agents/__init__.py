"""One file an agent: they read like the diagram in the README."""
