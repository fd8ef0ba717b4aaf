"""Children that were started as programs of Python's own: what becomes of one that is ended before it has loaded anything."""
from __future__ import annotations

import os
import sys
from typing import Any, Dict, List, Optional

from .certainty import WAITS, is_sure
from .except_clauses import CAN_READ
from .native import quiet
from .still_to_run import whole

#: Of the last of them, by process: its interpreter's arguments, and the folder in which it was started.
_started: Dict[int, List[str]] = {}
_LIMIT = 200


@quiet
def note_started(process: Any, command: Any, folder: Optional[str]) -> None:
    if not isinstance(command, (list, tuple)) or not command or not all(isinstance(one, str) for one in command):
        return
    if os.path.basename(command[0]) not in ("python", "python3", os.path.basename(sys.executable)):
        return
    if len(_started) >= _LIMIT:
        _started.pop(next(iter(_started)))
    program = [one for one in command[1:3] if one != "-u"]
    if program and not program[0].startswith("-"):
        program[0] = os.path.join(folder or os.getcwd(), program[0])
    _started[process.pid] = program


@quiet
def sends(pid: int) -> bool:
    """Whether the program of a child sends on every way through it and waits for nobody, as far as its own source says."""
    program = _started.get(pid, [])
    if program[:1] == ["-c"] and len(program) > 1:
        source, path = program[1], "<string>"
    elif program and program[0].endswith(".py"):
        with open(program[0], encoding="utf-8") as file:
            source, path = file.read(), program[0]
    else:
        return False
    code = compile(source, path, "exec", dont_inherit=True)
    return CAN_READ and not WAITS & set(code.co_names) and is_sure(code, whole(code), {}, None, 0)
