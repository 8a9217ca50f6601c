"""The one error that a user is meant to read."""


class AttributionError(Exception):
    """Something the user can mend: one sentence on what was found, one on what to do.

    The CLI prints both without a traceback and exits with ``exit_code``; ``--debug`` shows the traceback.
    """

    exit_code = 1

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()
