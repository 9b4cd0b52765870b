"""A synthetic city: seeded life histories with planted, labelled cases, written in each department's own record format."""
