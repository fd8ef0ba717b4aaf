"""Loaded by every Python process of a diagnosed program, since this folder comes first on its PYTHONPATH."""
import os
import sys


def _give_way() -> None:
    """The program finds its own `sitecustomize`, and no trace of this folder on its path."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here]
    own = sys.modules.pop("sitecustomize")
    try:
        import sitecustomize  # noqa: F401
    except ImportError:
        # The import that runs this file expects to find a module of its name when it is done.
        sys.modules["sitecustomize"] = own


def _watch() -> None:
    directory = os.environ.get("TIMER_NOTIFY_RECORD")
    if directory is None or sys.version_info < (3, 9):
        return
    try:
        from timer_notify_probe.install import install

        install(directory)
    except Exception as error:
        sys.stderr.write(f"timer-notify: this process is not watched: {error!r}\n")


_watch()
_give_way()
