"""Webhooks as standardwebhooks.com describes them: signed, at least once, in order per alert."""
