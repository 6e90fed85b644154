"""What a schema makes surer without changing it: what nobody could say, or what others said before."""

from collections.abc import Iterator

from stillreel.runware.catalogue.entry import Entry, Unsaid

NAMED = 3  # fields that are named; whoever wants them all reads the file


def surer(ours: Entry, theirs: Entry, written: Entry) -> list[str]:
    """What becomes surer (=) from our entry to the written one, line by line; none of it changes a request."""
    return [*_fields(ours, theirs), *_unsaid(ours, written), *_doubted(ours, written)]


def _fields(ours: Entry, theirs: Entry) -> Iterator[str]:
    """The fields of which the schema itself says what a client, another page or a neighbour said before."""
    paths = [
        path
        for path, rule in ours.fields.items()
        if path in theirs.fields and theirs.fields[path].sure == "documented" and rule.sure != "documented"
    ]
    if paths:
        more = len(paths) - NAMED
        named = f"{', '.join(paths[:NAMED])}{f' and {more} more' if more > 0 else ''}"
        yield f"= surer: the model's own schema says now what only others said before of {named}"


def _unsaid(ours: Entry, written: Entry) -> Iterator[str]:
    """What nobody could say whether the model takes it."""
    told: dict[Unsaid, tuple[str, bool]] = {
        "audio": ("asks for sound", written.field_of("audio") is not None),
        "last": ("takes a last frame", "first_last_frame" in written.modes),
        "seed": ("takes a seed", written.field_of("seed") is not None),
    }
    for word in ours.unsaid:
        if word not in written.unsaid:
            what, does = told[word]
            answer = "it does" if does else "by its own schema it doesn't"
            yield f"= surer: nobody could say whether it {what}; {answer}"


def _doubted(ours: Entry, written: Entry) -> Iterator[str]:
    """Fields of which nobody could say whether they may stand beside each other."""
    for doubted in ours.doubted:
        if doubted not in written.doubted:
            yield f"= surer: nobody could say {doubted.says}; it is now as the schema's rules have it"
