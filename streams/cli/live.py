"""`canbao live`: the live stream for machine readers."""

from streams.cli.early_end import ended_in_order_by_sigterm
from streams.settings import load_settings


def live() -> None:
    """Serve /alerts/stream (server-sent events) until SIGTERM; readers come with a token of CANBAO_LIVE_TOKENS."""
    with ended_in_order_by_sigterm():
        from streams.live import serve_live  # noqa: PLC0415 - the web server only when asked

        serve_live(load_settings())
