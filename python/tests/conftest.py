"""The command of this repository, unless another is named, and the package as it is installed, else as it lies here."""

from __future__ import annotations

import importlib.util
import os
import shlex
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAIN = ROOT / "dist" / "cli" / "main.js"

if not os.environ.get("EVOS_COMMAND"):
    if not MAIN.exists():
        raise SystemExit(f"{MAIN} is missing: run `npm run build` first")
    os.environ["EVOS_COMMAND"] = shlex.join(["node", str(MAIN)])
if importlib.util.find_spec("evos") is None:
    sys.path.insert(0, str(ROOT / "python"))
