"""How the engine fails: what refuses to start, what drops one transaction, what ends the process."""

from __future__ import annotations


class RefusedError(Exception):
    """Configuration or stored state does not allow to go on; the message says what to do. The process ends non-zero."""


class TransactionAbortedError(Exception):
    """The open transaction was lost; nothing of it is visible. The write set is dropped and its input is read again."""


class EndsProcessError(Exception):
    """Fenced, fatal, or the outcome of a commit is unknown: only a new process, restored from the changelog, is right."""


class AgentSilentError(Exception):
    """The agent did not give a batch back within the hand-over's deadline: it forgot to yield, returned, or hangs."""


class LogCutError(Exception):
    """A changelog lost its beginning or its end while it was read: what was found out about it before no longer holds."""


class HaltedError(Exception):
    """Asked to stop before anything was served."""
