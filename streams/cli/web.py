"""`canbao web`: the workbench."""

from streams.cli.early_end import ended_in_order_by_sigterm
from streams.settings import load_settings


def web() -> None:
    """Serve the workbench until SIGTERM; people sign in at the issuer of the settings."""
    with ended_in_order_by_sigterm():
        from streams.web import serve_web  # noqa: PLC0415 - the web server only when asked

        serve_web(load_settings())
