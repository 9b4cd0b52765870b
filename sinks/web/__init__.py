"""The workbench: pages in Chinese for those who work on alerts, and an API under them, over the read model in Redis."""
