"""The process that chooses, ``evos serve``: found, started, spoken to, and ended with the program that started it."""

from __future__ import annotations

import os
import shlex
import shutil
import socket as sockets
import subprocess
import tempfile
import threading
from types import TracebackType
from typing import IO, Any, Mapping, Sequence

import numpy.typing as npt

from . import wire
from .errors import ArgumentError, ProcessError, error_of

PROTOCOL = 1

_INSTALL = (
    "Install Node.js 20.19 or newer and then evos, for all with `npm install --global evos` or beside your program with "
    "`npm install evos`, or name its command in EVOS_COMMAND."
)
_START_SECONDS = 60.0
"""How long the process may take to answer at first: npx on a slow disk takes seconds."""
_MOST_PENDING = 8
"""Answers that may be left unread: they fit into the pipe, so that nobody waits for the other."""


def find_command() -> list[str]:
    """The command that runs evos: what EVOS_COMMAND says, else ``evos`` on the path, else ``npx evos``.

    Raises ProcessError, saying what to install, where there is none of them.
    """
    named = os.environ.get("EVOS_COMMAND", "")
    if named.strip():
        return shlex.split(named, posix=os.name != "nt")
    found = shutil.which("evos")
    if found is not None:
        return [found]
    npx = shutil.which("npx")
    if npx is not None:
        # Without `--no` npx would fetch whatever has the name.
        return [npx, "--no", "evos"]
    raise ProcessError(f"There is no command evos and no npx on the path. {_INSTALL}")


class Server:
    """A process that chooses samples, for any number of selectors.

    ``Selector`` starts one of its own unless it is given one. Close it, or use it in a ``with`` block; it also ends with the
    program. May be used from several threads, which take turns, and not from a forked process.

    Args:
        command: what runs evos; default: see ``find_command``.
        socket: the path of a Unix socket on which ``evos serve --socket PATH`` listens, in place of a process of one's own.
        options: further options of ``evos serve``, such as ``["--plugin", "mine.ts"]``.
    """

    def __init__(
        self,
        command: Sequence[str] | None = None,
        *,
        socket: str | os.PathLike[str] | None = None,
        options: Sequence[str] = (),
    ) -> None:
        self._lock = threading.RLock()
        self._pid = os.getpid()
        self._pending: list[int] = []
        self._next_id = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: sockets.socket | None = None
        self._words: IO[bytes] | None = None
        self._command = list(command) if command is not None else []
        self._closed = False
        if socket is None:
            self._start(options)
        else:
            self._connect(os.fspath(socket))
        try:
            self.about = self._greet()
        except BaseException:
            self.close()
            raise

    def _start(self, options: Sequence[str]) -> None:
        self._command = [*(self._command or find_command()), "serve", *options]
        self._words = tempfile.TemporaryFile()
        try:
            # A session of its own: Ctrl-C is for this program, which may still want a snapshot.
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._words,
                start_new_session=True,
            )
        except OSError as cause:
            self._words.close()
            raise ProcessError(f"{shlex.join(self._command)} cannot be started: {cause}. {_INSTALL}") from cause
        assert self._process.stdin is not None and self._process.stdout is not None
        self._input: IO[bytes] = self._process.stdin
        self._output: IO[bytes] = self._process.stdout

    def _connect(self, path: str) -> None:
        self._socket = sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM)
        try:
            self._socket.connect(path)
        except OSError as cause:
            self._socket.close()
            raise ProcessError(
                f"Nothing listens on {path} ({cause}): start `evos serve --socket {shlex.quote(path)}` first."
            ) from cause
        self._input = self._socket.makefile("wb")
        self._output = self._socket.makefile("rb")

    def _greet(self) -> dict[str, Any]:
        # Another program of that name may wait for ever.
        watch = threading.Timer(_START_SECONDS, self._kill)
        watch.daemon = True
        watch.start()
        try:
            about, _ = self.request({"op": "info"})
        finally:
            watch.cancel()
        if about.get("protocol") != PROTOCOL:
            raise ProcessError(
                f"evos {about.get('version')} speaks version {about.get('protocol')} of the protocol, this package {PROTOCOL}: "
                "install the same version of both."
            )
        return about

    @property
    def version(self) -> str:
        """The version of evos that chooses."""
        return str(self.about["version"])

    @property
    def strategies(self) -> list[dict[str, Any]]:
        """The strategies there are: name, summary, needs and settings of each."""
        found: list[dict[str, Any]] = self.about["strategies"]
        return found

    @property
    def closed(self) -> bool:
        """Whether nothing can be asked of it any more."""
        return self._closed

    def request(
        self, header: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]] | None = None
    ) -> tuple[wire.Header, wire.Arrays]:
        """Sends a request and waits for its answer. Raises what the process answered, or ProcessError where it ended."""
        with self._lock:
            # What was sent ahead comes first: an error of it may lead to one of this.
            self._drain()
            return self._read(self._send(header, arrays or {}))

    def post(self, header: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Sends a request without waiting: what is wrong with it is raised in place of the next one."""
        with self._lock:
            self._pending.append(self._send(header, arrays))
            self._drain(_MOST_PENDING)

    def _send(self, header: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> int:
        self._check_usable()
        self._next_id += 1
        parts = wire.encode({**header, "id": self._next_id}, arrays)
        most = getattr(self, "about", {}).get("limits", {}).get("frame")
        if most is not None and wire.size_of(parts) > most:
            raise ArgumentError(
                f"{wire.size_of(parts)} bytes at once are more than the {most} that evos serve takes: send fewer samples, or "
                "start it with a larger --max-frame."
            )
        try:
            for part in parts:
                self._input.write(part)
            self._input.flush()
        except (OSError, ValueError) as cause:
            raise self._broken("it ended") from cause
        except BaseException:
            # Interrupted inside a frame: nothing can follow it.
            self._kill()
            raise
        return self._next_id

    def _drain(self, most: int = 0) -> None:
        while len(self._pending) > most:
            self._read(self._pending.pop(0))

    def _read(self, number: int) -> tuple[wire.Header, wire.Arrays]:
        try:
            header, arrays = wire.read(self._output)
        except (EOFError, OSError, ValueError) as cause:
            raise self._broken("it ended") from cause
        except BaseException:
            # Interrupted inside a frame, or it was none: what comes next cannot be told.
            self._kill()
            raise
        ok, found = header.pop("ok", None), header.pop("id", None)
        if ok is True and found == number:
            return header, arrays
        error = header.get("error")
        if ok is not False or not isinstance(error, dict):
            raise self._broken("it answered out of order")
        raised = error_of(str(error.get("code")), str(error.get("message")))
        if found == number:
            raise raised
        raise self._broken(str(raised))

    def _check_usable(self) -> None:
        if self._closed:
            raise ProcessError("The server is closed: make another one.")
        if os.getpid() != self._pid:
            raise ProcessError(
                "The server belongs to the process that started it, and this is another one: make selectors in the process "
                "that trains, not in data loaders' workers."
            )

    def _broken(self, why: str) -> ProcessError:
        """The process cannot be used any more. What it said last is part of the message."""
        self._kill()
        said = ""
        if self._words is not None and self._process is not None:
            self._process.wait()
            self._words.seek(0)
            said = self._words.read().decode(errors="replace").strip()
        name = shlex.join(self._command) if self._process is not None else "evos serve"
        hint = f" It said: {said[-2000:]}" if said else ""
        started = hasattr(self, "about")
        return ProcessError(f"{name} cannot be used: {why}.{hint}{'' if started else ' ' + _INSTALL}")

    def _kill(self) -> None:
        self._closed = True
        if self._process is not None:
            self._process.kill()
        if self._socket is not None:
            try:
                self._socket.shutdown(sockets.SHUT_RDWR)
            except OSError:
                pass

    def settle(self) -> None:
        """Waits for what was sent without waiting. Raises what was wrong with it."""
        with self._lock:
            if not self._closed:
                self._drain()

    def close(self) -> None:
        """Ends the process, and with it all its selectors. May be called twice."""
        if os.getpid() != self._pid:
            return
        with self._lock:
            self._closed = True
            for stream in (getattr(self, "_input", None), getattr(self, "_output", None)):
                try:
                    if stream is not None:
                        stream.close()
                except OSError:
                    pass
            if self._process is not None:
                try:
                    self._process.wait(timeout=5)
                except subprocess.TimeoutExpired:
                    self._process.kill()
                    self._process.wait()
            if self._socket is not None:
                self._socket.close()
            if self._words is not None:
                self._words.close()

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
