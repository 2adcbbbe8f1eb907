"""What can go wrong, in words a user can act on.

Every error the program raises on purpose is a `KgError`; the command line prints its message without a traceback and
exits with its `exit_code`.
"""


class KgError(Exception):
    """Something failed that the user can act on: the message says what, where, and what to do."""

    exit_code = 1


class UsageError(KgError):
    """Wrong arguments or a path that is not there."""

    exit_code = 2
