"""Chooses which samples each training step trains on: EVOS and its rivals, for trainers in Python.

The choosing is done by ``evos serve``, a process of Node.js, which this package starts and speaks to.
"""

from .errors import ArgumentError, EvosError, ProcessError, ResumeError
from .selector import Selection, Selector
from .server import Server, find_command

__all__ = [
    "ArgumentError",
    "EvosError",
    "ProcessError",
    "ResumeError",
    "Selection",
    "Selector",
    "Server",
    "find_command",
]
__version__ = "0.2.0"
