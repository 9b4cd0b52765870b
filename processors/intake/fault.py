"""Why a record cannot be used."""

from schemas.errors import Code


class RecordFault(Exception):  # noqa: N818 - a fault of the record, not an error of the program
    """Stops the reading of one record. Carries code, field and what is allowed; never a value."""

    def __init__(self, code: Code, field: str = "", allowed: str = "") -> None:
        self.code, self.field, self.allowed = code, field, allowed
        super().__init__(f"{code} {field}")
