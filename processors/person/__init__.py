"""A person as a set of facts: state rows, the view that rules read, applying facts, the month ledger, death as weighted evidence."""
