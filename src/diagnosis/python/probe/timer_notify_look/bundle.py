"""The probe's own code as one value, for a process in which nothing may be left: without classes, which only a collector frees."""
from __future__ import annotations

import ast
import marshal
import os
from typing import Dict, List

_HERE = os.path.dirname(os.path.abspath(__file__))
_PROBE = os.path.join(os.path.dirname(_HERE), "timer_notify_probe")

#: Modules that run in the target, in no particular order.
_MODULES = (
    "native", "record", "frames", "leads", "seen", "standing", "tasks", "waits", "executor_end", "process_waits",
    "queues", "event_loops", "stuck", "executors", "look", "bodies",
)  # fmt: skip

#: Runs in the target first: its own `import`, for as long as this lasts.
_LOADER = '''
def load(name):
    if name in spaces:
        return spaces[name]
    module = spaces[name] = type(sys)(name)
    module.__dict__.update(__builtins__=own, __package__=name.rpartition(".")[0], __file__=files.get(name, ""))
    if name in codes:
        exec(codes[name], module.__dict__)
    return module


def standing_in(name, names):
    module = load(name)
    for each in names or ():
        if name + "." + each in codes:
            module.__dict__[each] = load(name + "." + each)
        elif each not in module.__dict__ and name not in codes:
            module.__dict__[each] = load(name + "." + each) if name in packages else absent
    return module


def own_import(name, globals=None, locals=None, names=(), level=0):
    if level:
        name = (globals["__package__"] + "." + name).rstrip(".")
    if name.partition(".")[0] in packages:
        return standing_in(name, names)
    if name in replaced:
        return standing_in(name, names)
    return real_import(name, globals, locals, names, 0)


def getline(path, number):
    if path not in lines:
        try:
            with open(path, encoding="utf-8", errors="replace") as text:
                lines[path] = text.read().splitlines(True)
        except (OSError, ValueError):
            lines[path] = []
    return lines[path][number - 1] if 0 < number <= len(lines[path]) else ""
'''

#: What the target may not have loaded, and needs not.
_REPLACED = ("typing", "linecache", "json", "dis", "opcode", "asyncio", "warnings")


def bundle() -> bytes:
    codes: Dict[str, object] = {}
    files: Dict[str, str] = {}
    for package, folder, names in (("timer_notify_probe", _PROBE, _MODULES), ("timer_notify_look", _HERE, ("inside", "calls"))):
        for name in names:
            path = os.path.join(folder, f"{name}.py")
            files[f"{package}.{name}"] = path
            codes[f"{package}.{name}"] = _compiled(path)
    loader = compile(_LOADER, os.path.join(_HERE, "bundle.py"), "exec")
    return marshal.dumps({"codes": codes, "files": files, "loader": loader, "replaced": _REPLACED})


def _compiled(path: str) -> object:
    with open(path, encoding="utf-8") as source:
        tree = ast.parse(source.read(), path)
    body: List[ast.stmt] = []
    for statement in tree.body:
        if isinstance(statement, ast.ClassDef):
            nothing = ast.Assign([ast.Name(statement.name, ast.Store())], ast.Constant(None))
            body.append(ast.copy_location(nothing, statement))
        # From Python 3.14 on annotations are not run in any case, and this would import a module.
        elif not (isinstance(statement, ast.ImportFrom) and statement.module == "__future__"):
            body.append(statement)
    tree.body = body
    return compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)


#: Runs in the target as it is: whatever it binds is gone with it.
_SCRIPT = """
import sys, time
began = time.monotonic()
before = list(sys.modules)
space = {{}}
try:
    with open({bundle!r}, "rb") as source:
        parts = __import__("marshal").loads(source.read())
    real = __builtins__ if isinstance(__builtins__, dict) else vars(__builtins__)
    space.update(parts, sys=sys, spaces={{}}, lines={{}}, packages=("timer_notify_probe", "timer_notify_look"), absent=None)
    space.update(__builtins__=real, real_import=real["__import__"])
    exec(parts["loader"], space)
    space["own"] = {{**real, "__import__": space["own_import"]}}
    space["load"]("typing").__dict__.update((name, dict) for name in {typing!r})
    space["load"]("typing").__dict__["TYPE_CHECKING"] = False
    space["load"]("linecache").__dict__["getline"] = space["getline"]
    space["load"]("json").__dict__["JSONEncoder"] = lambda **more: type(sys.implementation)(encode=None)
    answer = space["load"]("timer_notify_look.inside").see(began)
except Exception as error:
    answer = {{"error": type(error).__name__ + ": " + str(error)}}
try:
    with open({answer!r} + ".part", "wb") as target:
        target.write(__import__("marshal").dumps(answer))
    __import__("os").rename({answer!r} + ".part", {answer!r})
except Exception:
    pass
for module in list(space.get("spaces", {{}}).values()):
    module.__dict__.clear()
space.clear()
for name in [name for name in sys.modules if name not in before]:
    del sys.modules[name]
"""

_TYPING = ("Any", "Callable", "Dict", "FrozenSet", "Iterable", "Iterator", "List", "Optional", "Set", "Tuple", "Type", "Union")


def script(bundle_path: str, answer_path: str) -> str:
    return _SCRIPT.format(bundle=bundle_path, answer=answer_path, typing=_TYPING)
