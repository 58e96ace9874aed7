"""Starts the program again without the environment variables that pin a library's kernels or threads.

Import it before torch. Libraries read their variables when they are loaded, and some are loaded when the process starts, so
taking the variables out of os.environ would be too late for those.
"""

import os
import sys

LIST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../src/main/resources/ondol/benchmarks/pinned-variables.txt")


def pinned(environment):
    """The names of those that are set."""
    with open(LIST, encoding="utf-8") as lines:
        names = [line.split()[0] for line in lines if line.strip() and not line.startswith("#")]
    whole = {name for name in names if not name.endswith("*")}
    prefixes = tuple(name[:-1] for name in names if name.endswith("*"))
    return sorted(name for name in environment if name in whole or name.startswith(prefixes))


found = pinned(os.environ)
if found:
    print("starting again without " + ", ".join(f"{name}={os.environ[name]}" for name in found), file=sys.stderr, flush=True)
    clean = {name: value for name, value in os.environ.items() if name not in found}
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], clean)
