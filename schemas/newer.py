"""A row of one of canbao's own tables that this release cannot read."""


class NewerRowError(ValueError):
    """A row that a newer release wrote, or nobody of us. Shows the topic, never the row."""

    def __init__(self, topic: str) -> None:
        super().__init__(f"a row of {topic} is not readable: was it written by a newer release?")
