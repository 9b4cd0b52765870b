"""The transactional transport under the agents; it knows nothing of social insurance."""
