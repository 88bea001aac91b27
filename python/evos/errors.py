"""What this package raises. Every message says what was got, what was expected and what to do."""

from __future__ import annotations


class EvosError(Exception):
    """Base class of everything this package raises on purpose.

    ``code`` is stable across versions: ``argument``, ``input``, ``config``, ``resume``, ``output``, ``process`` or
    ``internal``.
    """

    def __init__(self, message: str, code: str = "process") -> None:
        super().__init__(message)
        self.code = code


class ArgumentError(EvosError, ValueError):
    """A call that breaks a documented contract: wrong length, out of range, wrong order of calls."""

    def __init__(self, message: str, code: str = "argument") -> None:
        super().__init__(message, code)


class ResumeError(EvosError):
    """A snapshot that is damaged, or of a selector with other settings."""

    def __init__(self, message: str, code: str = "resume") -> None:
        super().__init__(message, code)


class ProcessError(EvosError):
    """The process that chooses cannot be started, has ended, or is no evos."""

    def __init__(self, message: str, code: str = "process") -> None:
        super().__init__(message, code)


def error_of(code: str, message: str) -> EvosError:
    """The exception for an error that the process answered."""
    if code == "argument":
        return ArgumentError(message)
    if code == "resume":
        return ResumeError(message)
    return EvosError(message, code)
