"""One module a page: its routes, what it gathers, which template shows it."""
