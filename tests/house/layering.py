"""Holds the layering of the rooms, with file and line: models <- {sim | exercise | reports} <- app.

usage: layering.py ROOT         prints one line a violation; exit status 1 when there is one
"""
import pathlib
import re
import sys

# What a room's sources may include from the project: the room itself and these.
ROOMS = {
    "models": set(),
    "sim": {"models"},
    "exercise": {"models"},
    "reports": {"models"},
    "app": {"models", "sim", "exercise", "reports"},
}
# These see everything and are seen by nothing but themselves.
MIRRORS = {"bench", "tests"}

# models are values and mathematics: no threads, and files only where they are loaded and saved.
THREADS = {"thread", "mutex", "shared_mutex", "condition_variable", "future", "semaphore", "barrier", "latch",
           "stop_token", "pthread.h"}
FILES = {"iostream", "fstream", "filesystem", "fcntl.h", "unistd.h", "sys/stat.h", "sys/mman.h"}
# <cstdio> also has what formats into memory, so there the calls count.
FILE_CALL = re.compile(r"\b(fopen|fread|fwrite|f?puts|putchar|v?f?printf|fputc|perror)\s*\(")
MAY_TOUCH_FILES = re.compile(r"^models/(load|save|document|table)[a-z_]*\.cc$")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
SUFFIXES = {".h", ".cc", ".hpp", ".cpp", ".c"}


def violations_of(path, text):
    """The violations in one source file; `path` is relative to the root, with forward slashes."""
    room = path.split("/")[0]
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            call = FILE_CALL.search(line.split("//")[0]) if room == "models" and not MAY_TOUCH_FILES.match(path) else None
            if call:
                yield f"{path}:{number}: models must not call {call.group(1)} here: only loading and saving touch files"
            continue
        quoted, name = match.group(1) == '"', match.group(2)
        target = name.split("/")[0]
        where = f"{path}:{number}: "
        if quoted and target not in ROOMS.keys() | MIRRORS:
            yield where + f'"{name}" does not begin with the name of a room: write its path from the root'
        elif quoted and room in MIRRORS:
            if target in MIRRORS and target != room:
                yield where + f"{room} must not include {name}: nothing includes {target}"
        elif quoted and target in MIRRORS:
            yield where + f"{room} must not include {name}: nothing includes {target}"
        elif quoted and room in ROOMS and target != room and target not in ROOMS[room]:
            yield where + f"{room} must not include {name}: includes point models <- sim, exercise, reports <- app"
        elif room == "models" and name in THREADS:
            yield where + f"models must not include <{name}>: values and mathematics have no threads"
        elif room == "models" and name in FILES and not MAY_TOUCH_FILES.match(path):
            yield where + f"models must not include <{name}> here: only loading and saving touch files"


def check(root):
    """(number of sources read, violations) of a tree."""
    root = pathlib.Path(root)
    sources = sorted(p for room in ROOMS.keys() | MIRRORS if (root / room).is_dir()
                     for p in (root / room).rglob("*") if p.suffix in SUFFIXES)
    found = []
    for source in sources:
        path = source.relative_to(root).as_posix()
        found += violations_of(path, source.read_text(encoding="utf-8"))
    return len(sources), found


def main(argv):
    if len(argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    sources, found = check(argv[1])
    for line in found:
        print(line)
    if sources == 0:
        print(f"no sources under {argv[1]}: nothing was checked")
    return 1 if found or sources == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
