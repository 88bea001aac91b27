"""The process: how it is found, what happens when it is not evos, and how it ends."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import evos
import evos.server

PYTHON = shlex.quote(sys.executable)


def test_tells_what_it_is() -> None:
    with evos.Server() as server:
        assert server.version.count(".") == 2
        online = next(each for each in server.strategies if each["name"] == "evos-online")
        assert online["settings"]["ratio"]["default"] == 0.02
        assert "share" in online["settings"]["ratio"]["words"].lower()


def test_finds_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EVOS_COMMAND", "node '/a folder/main.js'")
    assert evos.find_command() == ["node", "/a folder/main.js"]
    monkeypatch.delenv("EVOS_COMMAND")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(evos.ProcessError, match="npm install --global evos.*EVOS_COMMAND"):
        evos.find_command()
    for name, found in (("npx", ["npx", "--no", "evos"]), ("evos", ["evos"])):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
        assert evos.find_command() == [str(tmp_path / found[0]), *found[1:]]


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("/nowhere/evos", "cannot be started.*Install Node.js"),
        (f"{PYTHON} -c 'raise SystemExit(\"no such thing\")'", "it ended.*no such thing.*Install Node.js"),
        (f"{PYTHON} -c 'print(\"hello, this is another program\" * 9)'", "no frame|it ended"),
    ],
)
def test_says_what_is_wrong_with_a_command(
    monkeypatch: pytest.MonkeyPatch, command: str, message: str
) -> None:
    monkeypatch.setenv("EVOS_COMMAND", command)
    with pytest.raises(evos.ProcessError, match=f"(?s){message}"):
        evos.Selector(size=10)


def test_gives_up_on_a_program_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evos.server, "_START_SECONDS", 0.3)
    with pytest.raises(evos.ProcessError, match="cannot be used"):
        evos.Server([sys.executable, "-c", "import time; time.sleep(60)"])


def test_ends_with_its_selector() -> None:
    selector = evos.Selector(size=10)
    process = selector._server._process
    assert process is not None and process.poll() is None
    selector.close()
    assert process.returncode == 0


def test_says_so_when_the_process_has_died() -> None:
    selector = evos.Selector(size=10)
    process = selector._server._process
    assert process is not None
    process.kill()
    process.wait()
    with pytest.raises(evos.ProcessError, match="cannot be used"):
        selector.select()
    with pytest.raises(evos.ProcessError, match="closed"):
        selector.select()
    selector.close()


def test_frames_have_a_limit() -> None:
    with evos.Server(options=["--max-frame", "1"]) as server:
        with evos.Selector(size=300_000, count=10, server=server) as selector:
            with pytest.raises(evos.ArgumentError, match="more than the 1048576"):
                selector.report(np.zeros(300_000), step=1)
            assert len(selector.select()) == 10


def test_selectors_and_samples_have_limits() -> None:
    with evos.Server(options=["--max-selectors", "2", "--max-samples", "100"]) as server:
        with evos.Selector(size=60, server=server), evos.Selector(size=20, server=server):
            with pytest.raises(evos.ArgumentError, match="the most there may be"):
                evos.Selector(size=1, server=server)
        with pytest.raises(evos.ArgumentError, match="more than 100"):
            evos.Selector(size=101, server=server)
        evos.Selector(size=100, server=server).close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_is_told_that_it_is_another() -> None:
    with evos.Selector(size=10) as selector:
        pid = os.fork()
        if pid == 0:
            try:
                selector.select()
            except evos.ProcessError as error:
                os._exit(0 if "another" in str(error) else 2)
            os._exit(1)
        assert os.waitpid(pid, 0)[1] == 0
        assert len(selector.select(count=3)) == 3


@pytest.mark.skipif(os.name == "nt", reason="no Unix sockets on this system")
def test_over_a_socket(tmp_path: Path) -> None:
    place = tmp_path / "evos.sock"
    with pytest.raises(evos.ProcessError, match="evos serve --socket"):
        evos.Server(socket=place)
    command = [*evos.find_command(), "serve", "--socket", str(place)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        assert process.stderr is not None
        assert b"listening" in process.stderr.readline()
        assert place.stat().st_mode & 0o077 == 0
        with evos.Server(socket=place) as first, evos.Server(socket=place) as second:
            with evos.Selector(size=100, seed=1, server=first) as one:
                with evos.Selector(size=100, seed=1, server=second) as other:
                    assert list(one.select(count=7)) == list(other.select(count=7))
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 143
        assert not place.exists()
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


@pytest.mark.skipif(os.name == "nt", reason="signals are of another kind on this system")
def test_control_c_leaves_the_selector_usable() -> None:
    """A terminal sends it to all processes of a program's group."""
    program = """
import os, signal, evos
signal.signal(signal.SIGINT, lambda *_: None)
with evos.Selector(size=10) as selector:
    os.killpg(os.getpgrp(), signal.SIGINT)
    print(len(selector.snapshot()) > 0)
"""
    python = str(Path(evos.__file__).parents[1])
    found = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": python},
        start_new_session=True,
        check=False,
    )
    assert (found.stdout, found.returncode) == ("True\n", 0), found.stderr


def test_threads_take_turns() -> None:
    import threading

    counts: list[int] = []
    with evos.Server() as server:

        def work(seed: int) -> None:
            with evos.Selector(size=500, seed=seed, server=server) as selector:
                for _ in range(30):
                    indices = selector.select(count=50)
                    selector.report(np.ones(50))
                    counts.append(len(indices))

        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
        started = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert time.monotonic() - started < 60
    assert counts == [50] * 120
