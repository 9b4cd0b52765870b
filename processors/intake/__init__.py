"""Intake: a department's record becomes canonical facts about persons, by code compiled once from its feed file."""
