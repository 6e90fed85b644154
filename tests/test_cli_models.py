"""The commands about models: what a vendor's schema makes or changes, read from a file or, when asked, online."""

import os
import re
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stillreel.cli import app
from stillreel.domain.errors import BadInput, BadSettings
from stillreel.runware.catalogue import load
from stillreel.runware.catalogue.loading import MODELS
from tests.runware.catalogue.schema_bodies import SCHEMAS
from tests.runware.catalogue.schema_files import PRO, changed, item

STANDARD = "klingai-1-6-standard"
AIR, PRO_AIR, Z_AIR, KLEIN_AIR = "klingai:3@1", "klingai:kling-video@2.6-pro", "runware:z-image@turbo", "runware:400@4"
NEW, NEW_AIR = "klingai-video-9-pro", "klingai:kling-video@9-pro"  # nobody has it


@pytest.fixture
def say():
    """A command; its exit code, the lines it prints and what it says beside them."""

    def run(*words: object, **env: str) -> tuple[int, list[str], str]:
        ended = CliRunner().invoke(app, ["models", *map(str, words)], env={"STILLREEL_PACE": "0", **env})
        if ended.exception is not None and not isinstance(ended.exception, SystemExit):
            raise ended.exception
        return ended.exit_code, ended.stdout.splitlines(), ended.stderr

    return run


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


@pytest.fixture
def published(tmp_path: Path):
    """A server on loopback of model pages with their schemas; `put` publishes one, `base` is its origin."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    folder = tmp_path / "web"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()

    class Published:
        base = f"http://127.0.0.1:{server.server_address[1]}"

        @staticmethod
        def put(slug: str, data: bytes) -> None:
            place = folder / "docs" / "models" / slug
            place.mkdir(parents=True, exist_ok=True)
            (place / "schema.json").write_bytes(data)

    yield Published
    server.shutdown()
    server.server_close()


def dearer(document):
    document["info"]["x-pricing"]["rates"][0] |= {"amount": 0.05, "display": "$0.05 per second"}


def of_a_new_model(document):
    document["info"] |= {"x-model-id": NEW, "x-air-id": NEW_AIR}
    item(document)["properties"]["model"]["const"] = NEW_AIR


def written(folder: Path, data: bytes) -> Path:
    file = folder / "schema.json"
    file.write_bytes(data)
    return file


def test_the_bare_command_lists_the_models(say):
    """`stillreel models` is a list, as it was before it had commands of its own."""
    code, lines, _ = say()
    assert code == 0
    assert any(line.startswith(f"{AIR} ") for line in lines)
    assert "    text: 1280x720, 720x720, 720x1280" in lines


def test_a_new_model_is_printed_as_the_file_that_it_would_be(say, own, tmp_path):
    """What `import` prints of a model that we don't have is an entry, and nothing is written."""
    code, lines, beside = say("import", written(tmp_path, changed(PRO, of_a_new_model)), "--into", own)
    assert (code, beside, list(own.iterdir())) == (0, "", [])
    (own / "mine.yaml").write_text("\n".join(lines))
    assert load(own).entry(NEW_AIR).name == "Kling VIDEO 2.6 Pro"


def test_the_day_of_a_file_is_its_own_unless_it_is_said(say, tmp_path):
    """An entry is as of the day on which its file was last written, or of the day that is named."""
    file = written(tmp_path, changed(PRO, of_a_new_model))
    then = datetime(2026, 9, 27, 12, tzinfo=UTC).timestamp()
    os.utime(file, (then, then))
    assert "seen: 2026-09-27" in say("import", file)[1]
    assert "seen: 2026-10-03" in say("import", file, "--seen", "2026-10-03")[1]


def test_the_day_of_a_schema_must_make_sense(say, own):
    """A day before the entry was seen, or after today, is refused with both days, and nothing is written."""
    (own / "mine.yml").write_bytes((MODELS / f"{PRO}.yaml").read_bytes())
    before = (own / "mine.yml").read_bytes()
    file = written(own, changed(PRO, dearer))
    for day, told in (("2026-08-26", "2026-10-12, when the entry"), ("2999-01-01", "which is today")):
        with pytest.raises(BadInput, match=f"(?s)the schema's day: got {day}; .*{told}"):
            say("import", file, "--seen", day, "--write", "--into", own)
    os.utime(file, (0, 0))
    with pytest.raises(BadInput, match="got 1970-01-01"):
        say("import", file, "--write", "--into", own)
    assert (own / "mine.yml").read_bytes() == before


def test_a_known_model_is_compared(say, tmp_path):
    """The same schema is told as the same with exit code 0, a changed one line by line with exit code 1."""
    assert say("import", SCHEMAS / f"{STANDARD}.json")[:2] == (0, [f"{AIR}: same as the entry we have"])
    code, lines, _ = say("import", written(tmp_path, changed(STANDARD, dearer)))
    assert code == 1
    assert lines == [
        f"{AIR}: differs from the entry we have",
        "  ~ price: $0.037 a second, 720p -> $0.05 a second, 720p",
    ]


def test_what_is_not_understood_is_said_beside_the_entry(say):
    """Rules, fields and prices that an entry can't hold are told on the error output, each with its place."""
    code, lines, beside = say("import", SCHEMAS / "klingai-video-9-odd.json")
    assert code == 0
    told = beside.splitlines()
    assert len(told) == 10
    assert all(line.startswith("not understood: ") for line in told)
    assert all(line.removeprefix("not understood: ").partition(":")[0] in "\n".join(lines) for line in told)


def test_what_contradicts_itself_is_said_beside_the_difference(say, tmp_path):
    """A price whose words name another amount is told on the error output, and its bound in the difference."""

    def cheap(document):
        document["info"]["x-pricing"]["rates"][0] |= {"amount": 0.01, "display": "$0.50 per second"}

    code, lines, beside = say("import", written(tmp_path, changed(STANDARD, cheap)))
    assert code == 1
    assert beside == (
        "contradicts itself: 720p, $0.50 per second: the amount is $0.01, and the words say $0.50; "
        "the dearer one bounds the price here.\n"
    )
    assert lines[1:] == ["  ~ price: $0.037 a second, 720p -> about $0.01 a second, 720p, at most $0.50"]


def test_write_puts_a_model_into_ones_own_folder(say, own, tmp_path):
    """A written model is one of the catalogue; the next import finds nothing to change in it and writes nothing."""
    file = written(tmp_path, changed(PRO, of_a_new_model))
    code, lines, _ = say("import", file, "--write", STILLREEL_MODELS=str(own))
    assert (code, lines) == (0, [f"written: {own / NEW}.yaml"])
    assert load(own).entry(NEW_AIR).seen
    before = (own / f"{NEW}.yaml").stat().st_mtime_ns
    assert say("import", file, "--write", "--into", own)[:2] == (
        0,
        [f"{NEW_AIR}: same as the entry we have"],
    )
    assert (own / f"{NEW}.yaml").stat().st_mtime_ns == before


def test_write_makes_the_folder(say, tmp_path):
    """A folder of one's own models that isn't there yet is made with the first entry, and those above it."""
    file, into = written(tmp_path, changed(PRO, of_a_new_model)), tmp_path / "of" / "mine"
    assert say("import", file, "--write", "--into", into)[:2] == (0, [f"written: {into / NEW}.yaml"])
    assert load(into).entry(NEW_AIR).seen


def test_write_updates_the_file_that_a_model_has(say, own):
    """A model that lies in one's own folder under another file's name is updated there."""
    (own / "mine.yml").write_bytes((MODELS / f"{PRO}.yaml").read_bytes())
    file = written(own, changed(PRO, dearer))
    code, lines, _ = say("import", file, "--write", "--into", own)
    assert (code, lines[-1]) == (0, f"written: {own / 'mine.yml'}")
    assert sorted(path.name for path in own.iterdir()) == ["mine.yml", "schema.json"]
    amounts = {str(row.amount) for row in load(own).entry(PRO_AIR).prices if row.until is None}
    assert amounts == {"0.05", "0.14", "0.1044"}  # the last is what we concluded of motion, which has no price there


def test_what_cannot_be_written_is_not(say, own, tmp_path):
    """Without a folder, with a file in its place, or for an entry that lacks a price, nothing is written."""
    file = written(tmp_path, changed(PRO, of_a_new_model))
    with pytest.raises(BadSettings, match="STILLREEL_MODELS"):
        say("import", file, "--write")
    with pytest.raises(BadSettings, match="no folder of models"):
        say("import", file, "--write", "--into", file)
    with pytest.raises(BadSettings, match="no folder of models"):
        say("import", file, "--into", tmp_path / "nowhere")
    with pytest.raises(BadSettings, match="no folder of models can be made"):
        say("import", file, "--write", "--into", file / "models")
    file = written(tmp_path, changed(PRO, of_a_new_model, lambda document: document["info"].pop("x-pricing")))
    with pytest.raises(BadInput, match="prices: a row is missing"):
        say("import", file, "--write", "--into", own)
    assert list(own.iterdir()) == []
    code, lines, beside = say("import", file)
    assert code == 0
    assert "prices: []  # nobody can buy by this entry before a row is here" in lines
    assert beside.splitlines()[-1] == "to be mended by hand: prices: a row is missing"


@contextmanager
def full_disk() -> Iterator[None]:
    """A disk on which no file finds room for an entry."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


def test_a_full_disk_is_told(say, own, tmp_path, published):
    """An entry that can't be written leaves nothing behind, and no other model's look is lost for it."""
    file = written(tmp_path, changed(PRO, of_a_new_model))
    with full_disk(), pytest.raises(BadSettings, match=f"{NEW}.yaml can't be written, and nothing is changed: File"):
        say("import", file, "--write", "--into", own)
    published.put(STANDARD, changed(STANDARD, dearer))
    published.put("alibaba-z-image-turbo", changed("alibaba-z-image-turbo"))
    with full_disk():
        code, lines, _ = say("refresh", AIR, Z_AIR, "--base", published.base, "--into", own, "--write")
    assert code == 1
    assert sum("can't be written" in line for line in lines) == 2
    assert list(own.iterdir()) == []


def test_a_file_of_another_model_is_not_written_over(say, own, tmp_path):
    """A file that has the name which a new model would get, and is another model's, stays as it is."""
    other = (MODELS / "klingai-video-3-0-standard.yaml").read_bytes()
    (own / f"{NEW}.yaml").write_bytes(other)
    with pytest.raises(BadSettings, match="isn't written there"):
        say("import", written(tmp_path, changed(PRO, of_a_new_model)), "--write", "--into", own)
    assert (own / f"{NEW}.yaml").read_bytes() == other


@pytest.mark.parametrize(
    "data,told",
    [
        (b"<!doctype html>", "a page of HTML"),
        (b'{"a": NaN}', "NaN"),
        (b"{}", "another vendor's"),
        (b" " * 5_000_000, "bytes; at most"),
        (b"[" * 100_000, "without end"),
    ],
)
def test_a_bad_file_is_named_and_nothing_is_written(say, own, tmp_path, data, told):
    """What is no schema is told with its file and what it is, and the folder stays empty."""
    file = written(tmp_path, data)
    with pytest.raises(BadInput, match=f"(?s)^{re.escape(str(file))} has .*{told}"):
        say("import", file, "--write", "--into", own)
    assert list(own.iterdir()) == []


def test_a_file_that_is_not_there_is_named(say, tmp_path):
    """A missing file or a folder in its place is one problem that names it."""
    for path in (tmp_path / "nowhere.json", tmp_path):
        with pytest.raises(BadInput, match=re.escape(f"got {path}; a schema.json that can be read")):
            say("import", path)


def test_an_address_is_read_where_it_may_be(say, published):
    """A schema at an address is as good as a file's, and as of today; another host's isn't fetched."""
    published.put(NEW, changed(PRO, of_a_new_model))
    address = f"{published.base}/docs/models/{NEW}/schema.json"
    code, lines, _ = say("import", address, "--base", published.base)
    assert code == 0
    assert f"seen: {datetime.now(UTC).date()}" in lines
    with pytest.raises(BadInput, match="only https is allowed"):
        say("import", address)
    with pytest.raises(BadInput, match="isn't there"):
        say("import", address.replace(NEW, "nowhere"), "--base", published.base)


def test_refresh_tells_each_model_apart(say, published):
    """The same, different, gone and unreadable are told of each model by itself; a difference outweighs the rest."""
    published.put(STANDARD, changed(STANDARD))
    published.put("alibaba-z-image-turbo", changed("alibaba-z-image-turbo"))
    code, lines, _ = say("refresh", "--base", published.base)
    assert code == 1
    heads = dict(line.split(": ", 1) for line in lines if not line.startswith("  "))
    assert set(heads) == set(load())
    assert heads[AIR] == "same as the entry we have"
    assert heads[KLEIN_AIR].startswith("not there any more, so the model may be retired: the schema can't be had")
    assert heads[Z_AIR] == "differs from the entry we have"
    assert "  ~ field steps: min none -> 1" in lines


def test_refresh_looks_at_the_models_that_are_named(say, published):
    """Only named models are looked at: 0 where all are the same, 3 where one can't be looked at, 2 for a stranger."""
    published.put(STANDARD, changed(STANDARD))
    published.put("bfl-flux-2-klein-4b", b"<html>")
    published.put("alibaba-z-image-turbo", changed(STANDARD))
    assert say("refresh", AIR, "--base", published.base)[:2] == (0, [f"{AIR}: same as the entry we have"])
    code, lines, _ = say("refresh", AIR, KLEIN_AIR, "--base", published.base)
    assert (code, lines[1].partition(": ")[2].partition(":")[0]) == (3, "can't be looked at")
    assert "a page of HTML" in "\n".join(lines)
    code, lines, _ = say("refresh", Z_AIR, "--base", published.base)
    assert code == 3
    assert f"info.x-air-id: got {AIR}; {Z_AIR}" in "\n".join(lines)
    with pytest.raises(BadInput, match="did you mean klingai:3@1"):
        say("refresh", "klingai:3@11", "--base", published.base)


def test_refresh_writes_what_changed(say, own, published):
    """With --write the changed models get files of one's own, and the next look finds them the same."""
    published.put(STANDARD, changed(STANDARD, dearer))
    published.put("alibaba-z-image-turbo", changed("alibaba-z-image-turbo"))
    words = ("refresh", AIR, Z_AIR, "--base", published.base, "--into", own)
    code, lines, _ = say(*words, "--write")
    assert code == 0
    assert f"  written: {own / STANDARD}.yaml" in lines
    assert say(*words)[:2] == (0, [f"{AIR}: same as the entry we have", f"{Z_AIR}: same as the entry we have"])
    prices = {str(row.amount): row.until for row in load(own).entry(AIR).prices}
    assert prices == {"0.037": datetime.now(UTC).date(), "0.05": None}


def test_refresh_does_not_write_what_nobody_could_buy_by(say, own, published):
    """A schema that lost a field which every model has is told, isn't written, and stays a difference."""
    published.put(STANDARD, changed(STANDARD, lambda document: item(document)["properties"].pop("ttl")))
    code, lines, _ = say("refresh", AIR, "--base", published.base, "--into", own, "--write")
    assert code == 1
    assert any(line.startswith("  - field ttl: ") for line in lines)
    assert "fields: ttl is missing" in "\n".join(lines)
    assert list(own.iterdir()) == []


def test_a_server_that_is_down_is_not_a_model_that_is_gone(say):
    """Nobody at the address says nothing about a model: exit code 3."""
    code, lines, _ = say("refresh", AIR, "--base", "http://127.0.0.1:9")
    assert code == 3
    assert lines[0].startswith(f"{AIR}: can't be looked at: the schema can't be read")
