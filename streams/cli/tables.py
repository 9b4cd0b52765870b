"""Tables of commands whose cells are never cut: what does not fit a narrow terminal goes on in the next line."""

from rich.table import Column, Table


def whole(*names: str) -> Table:
    """A table of these columns; a file, an address or a key in it can be copied whole."""
    return Table(*(Column(name, overflow="fold") for name in names))
