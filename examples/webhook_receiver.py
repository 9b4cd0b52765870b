"""Receive canbao's alerts as webhooks: check the signature, keep the newest revision of each, answer at once, work afterwards.

    pip install standardwebhooks
    python webhook_receiver.py PORT whsec_...        # behind a proxy that speaks https

An alert is a lead to verify, never an order to stop a payment. `newest` is a dictionary here; a real receiver keeps it in its database.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

from standardwebhooks import Webhook, WebhookVerificationError

MOST_BYTES = 1 << 20
newest: dict = {}
one_at_a_time = Lock()


def take(newest: dict, alert: dict) -> str:
    """'repeat': nothing to do; 'open' and 'update': it holds, verify it (a SIGNAL is not for action yet); 'withdraw': undo what you did."""
    version = (alert["revision"], alert["handling_version"])
    known, held = newest.get(alert["alert_id"], ((0, 0), False))
    if version <= known:
        return "repeat"
    holds = alert["premise"] == "HOLDS"  # else RETRACTED: it was never true; HEALED, SUPERSEDED: it is settled
    newest[alert["alert_id"]] = version, holds
    return ("update" if held else "open") if holds else "withdraw"


class Hook(BaseHTTPRequestHandler):
    """One signed request is one revision of one alert. Requests of different alerts come at the same time."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """204: it is kept. 401: not signed by canbao, or too old. Anything but 2xx comes again, with the same `webhook-id`."""
        body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), MOST_BYTES))
        try:
            Webhook(sys.argv[2]).verify(body, dict(self.headers))
        except WebhookVerificationError:
            self.answer(401)
            return
        event = json.loads(body)
        if event["type"] == "canbao.alert":  # `canbao target test` sends canbao.test
            alert = event["data"]
            with one_at_a_time:
                print(take(newest, alert), alert["level"], alert["alert_id"], alert["revision"], alert["rule"], alert["title"], flush=True)
        self.answer(204)

    def answer(self, status: int) -> None:
        """Answer without a body."""
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Hook).serve_forever()
