"""Accepting jobs and telling what became of them: the part of the service that remembers taskUUIDs."""

from decimal import Decimal
from typing import Any, Literal

from stillreel.emulator.fate import charged, check_moderation, fate_of
from stillreel.emulator.given import Ends
from stillreel.emulator.memory import Memory
from stillreel.emulator.passing import Passing
from stillreel.emulator.records import Charge, Job, Result
from stillreel.emulator.refusals import TaskError
from stillreel.emulator.switches import Switches
from stillreel.runware.catalogue.entry import Entry

State = Literal["refused", "processing", "success", "partial", "error"]


class Registry:
    """The jobs of one data folder, under the emulator's clock."""

    def __init__(self, memory: Memory, clock: Passing) -> None:
        self._memory = memory
        self._clock = clock

    def accept(
        self,
        entry: Entry,
        task: dict[str, Any],
        ends: Ends,
        origin: str,
        switches: Switches,
        *,
        dry: bool = False,
    ) -> tuple[Job, list[Result]]:
        """Register, run and charge a task in one step; TaskError where the service wouldn't.

        A dry run does everything but that: it only says what the results would be.
        """
        known = self._memory.job(task["taskUUID"])
        self._check_duplicate(task["taskUUID"], switches)
        check_moderation(task, switches)
        self._check_load(switches)
        run = (known.runs if known else 0) + 1
        results = fate_of(entry, task, run, ends, switches, self._clock)
        amount, paid = charged(results, switches)
        if self.balance <= 0 or amount > self.balance:
            raise TaskError("insufficientCredits", "Your balance is too low for this task.", status=402)
        job = Job(
            task_uuid=task["taskUUID"],
            task_type=task["taskType"],
            model=task["model"],
            request=task,
            origin=origin,
            submits=(known.submits if known else 0) + 1,
            runs=run,
            accepted_at=self._clock.now(),
        )
        if dry:
            return job, results
        self._book(job, results, amount, paid)
        return job, results

    def _book(self, job: Job, results: list[Result], amount: Decimal, paid: int) -> None:
        """Write the job, its fate and its charge, all or nothing."""
        charge = Charge(
            taskUUID=job.task_uuid,
            run=job.runs,
            model=job.model or "",
            amount=amount,
            results=paid,
            at=self._clock.now(),
        )
        with self._memory.together():
            self._memory.keep_job(job)
            owed = {"call": "webhookURL" in job.request, "upload": "uploadEndpoint" in job.request}
            self._memory.keep_results(results, **owed)
            self._memory.keep_charge(charge)

    def note_refusal(self, task: dict[str, Any], row: dict[str, Any], origin: str) -> None:
        """Remember that a task was refused; one that was accepted before stays so."""
        task_uuid = task.get("taskUUID")
        if not isinstance(task_uuid, str):
            return
        known = self._memory.job(task_uuid)
        if known is None:
            model = task.get("model")
            known = Job(
                task_uuid=task_uuid,
                task_type=str(task.get("taskType")),
                model=model if isinstance(model, str) else None,
                request=task,
                origin=origin,
            )
        self._memory.keep_job(known.model_copy(update={"submits": known.submits + 1, "refusal": row}))

    @property
    def balance(self) -> Decimal:
        """US dollars left."""
        return Decimal(self._memory.fact("balance") or 0)

    def find(self, task_uuid: str, switches: Switches) -> Job | None:
        """The accepted job that the service knows under this UUID now: registered, and not forgotten yet."""
        job = self._memory.job(task_uuid)
        if job is None or job.accepted_at is None:
            return None
        age = self._clock.now() - job.accepted_at
        registered = job.runs > 1 or age * 1000 >= switches.register_delay_ms
        forgotten = switches.forget_after_s is not None and age >= switches.forget_after_s
        return job if registered and not forgotten else None

    def shown(self, task_uuid: str, switches: Switches) -> Job | None:
        """The accepted job that questions about this UUID are answered from now: known, and shown already."""
        job = self.find(task_uuid, switches)
        if job is None or job.accepted_at is None:
            return None
        return job if (self._clock.now() - job.accepted_at) * 1000 >= switches.show_delay_ms else None

    def refused(self, task_uuid: str) -> Job | None:
        """A job that was only ever refused."""
        job = self._memory.job(task_uuid)
        return job if job is not None and job.accepted_at is None else None

    def sides(self, job: Job) -> tuple[list[Result], list[Result]]:
        """The results of the job's last run: those that are ready, and those that aren't."""
        results, now = self._memory.results(job.task_uuid, job.runs), self._clock.now()
        return [each for each in results if each.ready_at <= now], [each for each in results if each.ready_at > now]

    def shows(self, results: list[Result]) -> None:
        """Note that results are shown to their buyer now."""
        self._memory.see(results, self._clock.now())

    def state(self, job: Job) -> State:
        """Where a job stands."""
        ready, waiting = self.sides(job)
        if waiting:
            return "processing"
        failed = sum(result.error is not None for result in ready)
        if not failed:
            return "success" if ready else "refused"
        return "error" if failed == len(ready) else "partial"

    def _check_duplicate(self, task_uuid: str, switches: Switches) -> None:
        job = self.find(task_uuid, switches)
        if job is None or switches.duplicate == "always_rerun":
            return
        if switches.duplicate == "conflict" or self.state(job) == "processing":
            raise TaskError("conflictTaskUUID", "A task with this taskUUID already exists.", "taskUUID")

    def _check_load(self, switches: Switches) -> None:
        if switches.admit is not None and self._memory.unfinished(self._clock.now()) >= switches.admit:
            raise TaskError("rateLimitExceeded", "The queue is full. Try again later.", status=429)
