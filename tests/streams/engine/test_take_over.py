"""Taking partitions over: the race that loses state in any other order, caches that are wrong, changelogs that are gone, brokers that are away."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient, NewPartitions

from demo.servers.kafka import create_topics, start_kafka
from streams.engine.faults import Point
from tests.streams.engine.lab import ANSWER_SECONDS, COMPACT, END_SECONDS, PARTITIONS, Lab, wait_for

SESSION_MS = 3000
ZOMBIE_TRANSACTION_MS = 100_000
"""The heir has started before the zombie's transaction times out, on a slow machine too."""


def test_zombie_commits_while_another_takes_over(lab: Lab) -> None:
    """A zombie stopped between "offsets accepted" and commit still commits: whoever takes over waits for it, and has its state.

    The generation is checked only when offsets are added, so nothing fences this commit; a restore that asks for the changelog's
    end before the offsets are stable would miss the zombie's rows and skip its input.
    """
    lab.fill(600)
    zombie = lab.start("a", fault=f"{Point.OFFSETS_ACCEPTED}:stop:2", session_ms=SESSION_MS, transaction_ms=ZOMBIE_TRANSACTION_MS)
    lab.go_on_until(zombie.stopped)
    heir = lab.start("b", session_ms=SESSION_MS, transaction_ms=ZOMBIE_TRANSACTION_MS)
    wait_for(lambda: "partitions assigned" in heir.log, END_SECONDS, lab.logs)
    assert lab.lag() > 0, "the heir served partitions whose offsets were not stable"
    zombie.cont()
    lab.fill(300, seed=3)
    lab.drained()
    assert lab.verdict().right, lab.verdict()


def filled_and_stopped(lab: Lab, *, static_member: bool = True) -> Path:
    """A worker that processed everything and stopped in order; its rows."""
    lab.fill(600)
    worker = lab.start(static_member=static_member)
    lab.drained()
    assert worker.terminate() == 0
    return Path(worker.job.folder) / "rows"


def delete_all(rows: Path) -> None:
    """A new volume."""
    shutil.rmtree(rows)


def tear(rows: Path) -> None:
    """Every database is torn."""
    for manifest in rows.glob("*/MANIFEST-*"):
        manifest.write_bytes(b"torn")


@pytest.mark.parametrize("damage", [delete_all, tear], ids=["deleted", "torn"])
def test_local_state_is_rebuilt(lab: Lab, damage: Callable[[Path], None]) -> None:
    """Deleted or torn local state is rebuilt from the changelog, and counting goes on from there."""
    rows = filled_and_stopped(lab)
    damage(rows)
    lab.start()
    lab.fill(600, seed=2)
    lab.drained()
    assert lab.verdict().right, lab.verdict()


def delete_records(lab: Lab) -> None:
    """Retention took the rows of a changelog that was not compacted only, and the local copy is lost too."""
    lab.delete_records(range(PARTITIONS))
    shutil.rmtree(lab.folder / "a" / "rows")


def make_again(lab: Lab) -> None:
    """The topic was deleted and made again; the local copy is there, but of another topic."""
    changelog, admin = str(lab.job.changelog), AdminClient({"bootstrap.servers": lab.bootstrap})
    admin.delete_topics([changelog])[changelog].result(ANSWER_SECONDS)
    wait_for(lambda: changelog not in admin.list_topics(timeout=ANSWER_SECONDS).topics, ANSWER_SECONDS)
    create_topics(lab.bootstrap, {changelog: (PARTITIONS, COMPACT)})


@pytest.mark.parametrize("loss", [delete_records, make_again])
def test_truncated_changelog_is_refused(lab: Lab, loss: Callable[[Lab], None]) -> None:
    """Rows that are gone behind committed offsets can't be rebuilt: the worker refuses, non-zero, and says what to do."""
    filled_and_stopped(lab)
    loss(lab)
    worker = lab.start()
    assert worker.exit_status() == 1
    assert "restore the topic, or reset the group" in worker.log.lower()


def test_a_changelog_that_forgets_is_refused(lab: Lab) -> None:
    """A changelog with a retention would lose rows of persons that nothing happens to; it is refused before anything is read."""
    lab.set_changelog(cleanup_policy="compact,delete")
    worker = lab.start()
    assert worker.exit_status() == 1
    assert "set cleanup.policy=compact" in worker.log


def test_a_changed_partition_count_is_refused(lab: Lab) -> None:
    """More partitions put keys elsewhere: state kept under the old count is not served."""
    filled_and_stopped(lab, static_member=False)
    admin = AdminClient({"bootstrap.servers": lab.bootstrap})
    grown = [NewPartitions(topic, 2 * PARTITIONS) for topic in (lab.job.source, str(lab.job.changelog))]
    for done in admin.create_partitions(grown).values():
        done.result(ANSWER_SECONDS)

    def grew() -> bool:
        return len(admin.list_topics(lab.job.source, timeout=ANSWER_SECONDS).topics[lab.job.source].partitions) == 2 * PARTITIONS

    wait_for(grew, ANSWER_SECONDS)
    worker = lab.start()
    assert worker.exit_status() == 1
    assert "was kept under 4 partitions, there are 8 now" in worker.log


def test_moved_offsets_are_refused(lab: Lab) -> None:
    """Committed offsets that are not the ones stored with the state: serving would lose or repeat input."""
    filled_and_stopped(lab, static_member=False)
    lab.move_offsets(-1)
    worker = lab.start()
    assert worker.exit_status() == 1
    assert "must be equal" in worker.log


@pytest.mark.kafka
@pytest.mark.timeout(900)
def test_broker_down_at_start(tmp_path: Path) -> None:
    """A worker that starts before its broker waits, alive, and serves once the broker is up; a restart of the broker ends nothing."""
    with start_kafka(tmp_path / "kafka") as server:
        lab = Lab(server.bootstrap, tmp_path)
        try:
            server.stop()
            worker = lab.start()
            wait_for(lambda: "broker does not answer" in worker.log, END_SECONDS, lab.logs)
            assert worker.process.poll() is None
            server.start()
            lab.fill(300)
            lab.drained()
            server.kill()
            server.start()
            lab.fill(300, seed=2)
            lab.drained()
            assert worker.process.poll() is None
            assert worker.terminate() == 0
            assert lab.verdict().right, lab.verdict()
        finally:
            lab.close()
