"""A folder as a tree of names and sizes, for a terminal."""

from pathlib import Path

FOLDED = "jobs"  # a job is a folder of numbered events: its number and size say enough


def tree(folder: Path) -> str:
    """The files below a folder, with sizes; each job is one line."""
    return "\n".join(_lines(folder, ""))


def _lines(folder: Path, indent: str) -> list[str]:
    lines: list[str] = []
    entries = [entry for entry in sorted(folder.iterdir()) if _shown(entry)]
    for entry in entries:
        branch, below = ("└── ", "    ") if entry == entries[-1] else ("├── ", "│   ")
        if entry.is_file():
            lines.append(_line(indent + branch + entry.name, _size(entry.stat().st_size)))
        elif folder.name == FOLDED:
            events = sorted(entry.iterdir())
            size = _size(sum(event.stat().st_size for event in events))
            lines.append(_line(f"{indent}{branch}{entry.name}/", f"{len(events)} events, {size}"))
        else:
            lines += [f"{indent}{branch}{entry.name}/", *_lines(entry, indent + below)]
    return lines


def _shown(entry: Path) -> bool:
    """Whether it tells a person anything: not the store's own books, not an empty folder."""
    return not entry.name.startswith(".") and (entry.is_file() or any(entry.iterdir()))


def _line(name: str, facts: str) -> str:
    return f"{name:56} {facts:>17}"


def _size(count: int) -> str:
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"
