"""The emulator's memory: an SQLite file that survives a restart and a kill.

Calls are synchronous and take microseconds: there is no fsync (write-ahead log, synchronous=normal; what is committed
outlives the process, not a power cut). Since nothing is awaited in between, check and register are one step.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from stillreel.emulator.records import Charge, Footage, GivenImage, Job, Picture, Result, Watched

SCHEMA = """
create table if not exists facts (name text primary key, value text not null);
create table if not exists jobs (
    task_uuid text primary key, task_type text, model text, request text not null, origin text not null,
    submits integer not null, refusal text, runs integer not null, accepted_at real);
create table if not exists results (
    id text primary key, task_uuid text not null, run integer not null, k integer not null, ready_at real not null,
    expires_at real, seed integer not null, cost text not null, flag integer, error text, making text not null,
    called integer not null default 0, uploaded integer not null default 0);
create table if not exists seen (id text primary key, at real not null);
create index if not exists results_of_task on results (task_uuid, run, k);
create table if not exists images (id text primary key, sha256 text, extension text, deleted integer not null);
create table if not exists charges (
    n integer primary key, task_uuid text, run integer, model text, amount text, results integer, at real);
create index if not exists results_by_time on results (ready_at);
create index if not exists owed_calls on results (called) where called = 0;
create index if not exists owed_uploads on results (uploaded) where uploaded = 0;
create index if not exists charges_of_task on charges (task_uuid);
"""
MAKING: TypeAdapter[Picture | Footage] = TypeAdapter(Picture | Footage)


class Memory:
    """Everything under one folder; `close` when done."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(folder / "emulator.sqlite", isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("pragma journal_mode=wal")
        self._db.execute("pragma synchronous=normal")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """All of what is written inside, or none of it."""
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    def fact(self, name: str) -> str | None:
        """A remembered fact, such as the balance."""
        row = self._db.execute("select value from facts where name = ?", (name,)).fetchone()
        return None if row is None else str(row["value"])

    def keep_fact(self, name: str, value: str) -> None:
        """Remember a fact, in place of what was known."""
        self._db.execute("insert or replace into facts values (?, ?)", (name, value))

    def jobs(self) -> list[Job]:
        """Every job, in the order of first submits; without their requests, which may hold whole images."""
        names = "task_uuid, task_type, model, '{}' as request, origin, submits, refusal, runs, accepted_at"
        return [self._job(row) for row in self._db.execute(f"select {names} from jobs order by rowid")]  # noqa: S608 - fixed names

    def model_of(self, task_uuid: str) -> str | None:
        """The model of a job."""
        row = self._db.execute("select model from jobs where task_uuid = ?", (task_uuid,)).fetchone()
        return None if row is None else row["model"]

    def job(self, task_uuid: str) -> Job | None:
        """The job of a taskUUID, also one that was only refused."""
        row = self._db.execute("select * from jobs where task_uuid = ?", (task_uuid,)).fetchone()
        return None if row is None else self._job(row)

    def keep_job(self, job: Job) -> None:
        """Write a job's row, new or changed."""
        self._db.execute(
            "insert into jobs values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (task_uuid) do update set "
            "task_type = excluded.task_type, model = excluded.model, request = excluded.request, "
            "origin = excluded.origin, submits = excluded.submits, refusal = excluded.refusal, "
            "runs = excluded.runs, accepted_at = excluded.accepted_at",
            (
                job.task_uuid,
                job.task_type,
                job.model,
                json.dumps(job.request),
                job.origin,
                job.submits,
                None if job.refusal is None else json.dumps(job.refusal),
                job.runs,
                job.accepted_at,
            ),
        )

    def keep_results(self, results: list[Result], *, call: bool, upload: bool) -> None:
        """Write a run's results, and whether webhooks and uploads are owed for them."""
        self._db.executemany(
            "insert into results values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    result.id,
                    result.task_uuid,
                    result.run,
                    result.k,
                    result.ready_at,
                    result.expires_at,
                    result.seed,
                    str(result.cost),
                    result.flag,
                    None if result.error is None else json.dumps(result.error),
                    result.making.model_dump_json(),
                    not call,
                    not upload,
                )
                for result in results
            ],
        )

    def results(self, task_uuid: str, run: int) -> list[Result]:
        """The results of one run, by number."""
        rows = self._db.execute("select * from results where task_uuid = ? and run = ? order by k", (task_uuid, run))
        return [_result(row) for row in rows]

    def result(self, result_id: str) -> Result | None:
        """The result with this imageUUID or videoUUID."""
        row = self._db.execute("select * from results where id = ?", (result_id,)).fetchone()
        return None if row is None else _result(row)

    def see(self, results: list[Result], now: float) -> None:
        """Note that these results are shown; only the first time counts."""
        self._db.executemany("insert or ignore into seen values (?, ?)", [(result.id, now) for result in results])

    def watched(self) -> list[Watched]:
        """When each result was ready and seen, oldest job first; of a job that ran again, its last run."""
        rows = self._db.execute(
            "select results.id, jobs.task_uuid as taskUUID, task_type as taskType, "
            "json_extract(making, '$.first') as first, error is not null as failed, "
            "accepted_at as accepted, ready_at as ready, seen.at as seen from jobs "
            "join results on results.task_uuid = jobs.task_uuid and results.run = jobs.runs "
            "left join seen on seen.id = results.id order by jobs.rowid, k"
        )
        return [Watched.model_validate(dict(row)) for row in rows]

    def unfinished(self, now: float) -> int:
        """How many jobs have a result that isn't ready."""
        query = "select count(distinct task_uuid) from results where ready_at > ?"
        return int(self._db.execute(query, (now,)).fetchone()[0])

    def undelivered(self, what: str) -> list[Result]:
        """The results for which a delivery (`called` or `uploaded`) hasn't ended."""
        column = {"called": "called", "uploaded": "uploaded"}[what]
        rows = self._db.execute(f"select * from results where {column} = 0 order by ready_at")  # noqa: S608 - one of two words
        return [_result(row) for row in rows]

    def delivered(self, what: str, result_id: str) -> None:
        """Note that a delivery has ended, well or not."""
        column = {"called": "called", "uploaded": "uploaded"}[what]
        self._db.execute(f"update results set {column} = 1 where id = ?", (result_id,))  # noqa: S608 - one of two words

    def image(self, image_id: str) -> GivenImage | None:
        """The uploaded image with this UUID, also a deleted one."""
        row = self._db.execute("select * from images where id = ?", (image_id,)).fetchone()
        return None if row is None else GivenImage.model_validate(dict(row))

    def keep_image(self, image: GivenImage) -> None:
        """Write an uploaded image's row, new or changed."""
        self._db.execute(
            "insert or replace into images values (?, ?, ?, ?)",
            (image.id, image.sha256, image.extension, image.deleted),
        )

    def keep_charge(self, charge: Charge) -> None:
        """Write a charge and lower the balance by it."""
        self._db.execute(
            "insert into charges (task_uuid, run, model, amount, results, at) values (?, ?, ?, ?, ?, ?)",
            (charge.taskUUID, charge.run, charge.model, str(charge.amount), charge.results, charge.at),
        )
        self.keep_fact("balance", str(Decimal(self.fact("balance") or 0) - charge.amount))

    def charges(self) -> list[Charge]:
        """Every charge, oldest first."""
        names = "task_uuid as taskUUID, run, model, amount, results, at"
        rows = self._db.execute(f"select {names} from charges order by n")  # noqa: S608 - fixed names
        return [Charge.model_validate(dict(row)) for row in rows]

    def _job(self, row: sqlite3.Row) -> Job:
        paid = self._db.execute("select amount from charges where task_uuid = ?", (row["task_uuid"],))
        fields: dict[str, Any] = dict(row)
        fields["request"] = json.loads(row["request"])
        fields["refusal"] = None if row["refusal"] is None else json.loads(row["refusal"])
        return Job(**fields, billed=sum((Decimal(charge["amount"]) for charge in paid), Decimal(0)))


def _result(row: sqlite3.Row) -> Result:
    return Result(
        id=row["id"],
        task_uuid=row["task_uuid"],
        run=row["run"],
        k=row["k"],
        ready_at=row["ready_at"],
        expires_at=row["expires_at"],
        seed=row["seed"],
        cost=Decimal(row["cost"]),
        flag=None if row["flag"] is None else bool(row["flag"]),
        error=None if row["error"] is None else json.loads(row["error"]),
        making=MAKING.validate_json(row["making"]),
    )
