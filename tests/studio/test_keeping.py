"""A result on its way into the archive, where whoever keeps it dies in between, or two keep it side by side."""

import asyncio
import shutil

import pytest

from stillreel.domain.errors import Corrupted
from stillreel.domain.safety import Check
from stillreel.studio.buying import buy
from stillreel.studio.judging import verdicts
from stillreel.studio.keeping import Keeping
from stillreel.studio.orders import Sources
from stillreel.studio.planning import plan
from stillreel.studio.settling import settle
from stillreel.studio.studio import FILES_AT_ONCE
from stillreel.studio.watching import watch
from tests.studio.on_set import STILL, a_run, job_of, kinds, shot

FOLDER = "projects/harbour/lighthouse"
A_DAY = 86_400 + 60.0


async def on_its_way(on_set):
    """A still that is made: a way to keep its result without telling, a way to settle it, and its job's events."""
    studio = await on_set.studio()
    stage = (await plan(studio, shot(STILL), a_run())).still
    outcome = await watch(studio, await buy(studio, stage, a_run()))
    told = verdicts(outcome, stage.request)

    async def keep():
        job = await job_of(studio, stage)
        return await Keeping(studio, job, job.results[1], told, Sources(), a_run()).keep()

    async def end():
        return (await settle(studio, outcome, told, Sources(), a_run("second"))).kept[0]

    return keep, end, lambda: job_of(studio, stage)


async def test_what_was_kept_and_not_told_is_found(on_set):
    """Whoever kept it died before the event; a day later its address is dead, and the file is in the archive."""
    keep, end, job = await on_its_way(on_set)
    await keep()
    on_set.time.pass_by(A_DAY)
    kept = await end()
    assert (kept.end, kept.uri) == ("archived", f"file://{on_set.root}/{FOLDER}/still-001.png")
    assert (await job()).standing == "closed"


async def test_what_was_kept_before_its_lineage_is_found(on_set):
    """A file without its record, because whoever wrote it died in between, gets its record from the next one."""
    keep, end, _ = await on_its_way(on_set)
    await keep()
    (on_set.root / f"{FOLDER}/still-001.lineage.json").unlink()
    on_set.time.pass_by(A_DAY)
    kept = await end()
    assert (kept.end, kept.lineage) == ("archived", f"file://{on_set.root}/{FOLDER}/still-001.lineage.json")
    assert f"{FOLDER}/still-001.lineage.json" in on_set.files


async def test_what_was_flagged_and_not_told_is_found_in_quarantine(open_set):
    """The verdict is the same whoever looks, and so is the place."""
    on_set = await open_set(moderation={"how": "flag"})
    keep, end, _ = await on_its_way(on_set)
    await keep()
    on_set.time.pass_by(A_DAY)
    kept = await end()
    assert (kept.end, kept.uri) == ("quarantined", f"file://{on_set.root}/quarantine/{FOLDER}/still-001.png")


@pytest.mark.parametrize("how", ["the provider's bytes", "an address that is dead"])
async def test_a_strangers_file_is_not_taken_for_it(on_set, how):
    """A file of that name that isn't this result stays as it is, and the result isn't called archived."""
    _, end, job = await on_its_way(on_set)
    stands = on_set.root / f"{FOLDER}/still-001.png"
    stands.write_bytes(b"somebody else's")
    if how == "an address that is dead":
        on_set.time.pass_by(A_DAY)
        assert (await end()).end == "lost"
    else:
        with pytest.raises(Exception, match="nothing was overwritten"):
            await end()
        assert (await job()).standing == "accepted"
    assert stands.read_bytes() == b"somebody else's"


async def test_bad_bytes_that_are_others_each_time_block_nobody(open_set):
    """A gateway's page now and half a picture later: each lies in quarantine, and the job has its end."""
    on_set = await open_set(download={"how": "html"})
    keep, end, job = await on_its_way(on_set)
    await keep()
    on_set.emulator.switch(download={"how": "wrong_length"})
    assert (await end()).end == "quarantined"
    assert (await job()).standing == "closed"
    assert len([name for name in on_set.files if ".bad-" in name and name.endswith(".png")]) == 2


async def test_a_good_file_outweighs_bad_bytes(on_set):
    """Two keep a result side by side, and one gets a gateway's page: the picture that the other has got counts."""
    keep, end, _ = await on_its_way(on_set)
    await keep()
    on_set.emulator.switch(download={"how": "html"})
    assert (await end()).end == "archived"


async def test_a_good_file_counts_though_a_bad_end_was_first(on_set):
    """The other one has ended it and closed its job by then: the good end is written behind, and is what counts."""
    _, end, job = await on_its_way(on_set)
    slow = await on_set.studio()
    planned = await plan(slow, shot(STILL), a_run("slow"))
    outcome = await watch(slow, await buy(slow, planned.still, a_run("slow")))
    for _ in range(FILES_AT_ONCE):
        await slow.keeping.acquire()
    told = verdicts(outcome, planned.still.request)
    late = asyncio.create_task(settle(slow, outcome, told, Sources(), a_run("slow")))
    on_set.emulator.switch(download={"how": "html"})
    assert (await end()).end == "quarantined"
    on_set.emulator.switch(download=None)
    for _ in range(FILES_AT_ONCE):
        slow.keeping.release()
    assert (await late).kept[0].end == "archived"
    assert kinds(await job())[-3:] == ["settled", "closed", "settled"]
    assert (await job()).settled[1].end == "archived"


async def test_what_lies_in_a_copied_folder_is_found(on_set, tmp_path):
    """An archive that was copied with its hidden records has other times: its files are known again all the same."""
    keep, _, job = await on_its_way(on_set)
    await keep()
    shutil.copytree(on_set.root, tmp_path / "copied", copy_function=shutil.copy2)
    other = await on_set.studio(root=tmp_path / "copied")
    stage = (await plan(other, shot(STILL), a_run("second"))).still
    outcome = await watch(other, await buy(other, stage, a_run("second")))
    on_set.time.pass_by(A_DAY)
    kept = (await settle(other, outcome, verdicts(outcome, stage.request), Sources(), a_run("second"))).kept[0]
    assert (kept.end, (await job()).standing) == ("archived", "accepted")


async def test_what_lies_in_the_other_place_is_found(open_set):
    """It was kept in quarantine, unchecked; its taker wants no check now, and its address is dead: it moves on."""
    on_set = await open_set(unchecked=True)
    keep, _, _ = await on_its_way(on_set)
    assert (await keep()).end == "quarantined"
    studio = await on_set.studio()
    stage = (await plan(studio, shot(STILL), a_run())).still
    outcome = await watch(studio, await buy(studio, stage, a_run()))
    on_set.time.pass_by(A_DAY)
    weaker = stage.request.model_copy(update={"safety": Check.NONE})
    kept = (await settle(studio, outcome, verdicts(outcome, weaker), Sources(), a_run("second"))).kept[0]
    assert kept.end == "archived"


async def test_a_sibling_that_is_gone_loses_nobody(on_set):
    """One of two results was archived and its file is deleted: the other one is fetched before that is told."""
    studio = await on_set.studio()
    stage = (await plan(studio, shot(STILL, results=2), a_run())).still
    outcome = await watch(studio, await buy(studio, stage, a_run()))
    told = verdicts(outcome, stage.request)
    job = await job_of(studio, stage)
    await studio.archive.append(job, await Keeping(studio, job, job.results[1], told, Sources(), a_run()).keep())
    (on_set.root / f"{FOLDER}/still-001-1.png").unlink()
    with pytest.raises(Corrupted, match="put it back"):
        await settle(studio, outcome, told, Sources(), a_run("second"))
    assert f"{FOLDER}/still-001-2.png" in on_set.files
