"""What nobody tampered with verifies, and the verdict says how much that was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from aggregation.services import settle
from results.publication.services import approve_final, propose_final
from results.verification.verify import verify
from stations.models import Station
from tests import scene
from tests.packages import plurality_figures
from tests.results import evening
from tests.results.verification.conftest import Night, publish_log

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_night_in_which_every_step_was_taken_verifies(night: Night) -> None:
    verdict = night.verify()
    assert verdict.differences == []
    assert verdict.ok and verdict.unchecked == ()
    # Eight of the list and six of the single-mandate contest, two of these entered on the station's behalf; one
    # corrected, one entered again after its return, one counted again, one annulled with a repeat voting ordered.
    assert (verdict.counts["protocols"], verdict.counts["versions"], verdict.counts["changes"]) == (14, 17, 22)
    # Two contests in the nation, two regions and four districts.
    assert (verdict.counts["tallies"], verdict.counts["moving"]) == (14, 0)
    assert (verdict.counts["checkpoints"], verdict.counts["snapshots"], verdict.counts["seats"]) == (2, 1, 11)
    assert verdict.counts["texts"] == 19


def test_an_election_that_ends_with_a_final_result_verifies(tmp_path: Path, settings: Any) -> None:
    settings.LOG_DIR = tmp_path / "log"
    election = scene.load(tmp_path / "package")
    for station in Station.objects.all():
        scene.submit(station.code)
        scene.submit(station.code, "okrug", plurality_figures())
    settle()
    publish_log(tmp_path)
    evening.certify_everything(election)
    publish_log(tmp_path)
    final = propose_final(election=election, by=scene.person("cec"), now=scene.NOW)
    approve_final(snapshot=final, by=scene.person("cec2"), now=scene.NOW)
    publish_log(tmp_path)
    verdict = verify()
    assert verdict.differences == []
    assert (verdict.counts["snapshots"], verdict.counts["protocols"]) == (1, 24)


def test_before_anything_is_loaded_there_is_nothing_to_differ(tmp_path: Path) -> None:
    verdict = verify(log_dir=tmp_path)
    assert verdict.ok and verdict.counts["protocols"] == 0


def test_a_tally_with_changes_on_their_way_is_left_out_and_the_verdict_says_so(night: Night) -> None:
    night.tamper(
        "INSERT INTO tallies_pendingarea (contest_id, area_id, at) SELECT contest_id, area_id, now() "
        "FROM aggregation_tally JOIN stations_area area ON area.id = area_id JOIN stations_contest contest "
        "ON contest.id = contest_id WHERE area.code = 'r1-d1' AND contest.code = 'list'",
        "UPDATE aggregation_tally SET figures[11] = 0 WHERE area_id IN "
        "(SELECT id FROM stations_area WHERE code IN ('r1-d1', 'r1', 'kz')) AND contest_id = "
        "(SELECT id FROM stations_contest WHERE code = 'list')",
    )
    verdict = night.verify()
    assert verdict.ok and verdict.counts["moving"] == 3


def test_it_refuses_to_share_the_moment_of_another_transaction() -> None:
    with transaction.atomic(), pytest.raises(RuntimeError):
        verify()


def test_what_is_written_meanwhile_does_not_disturb_it(night: Night) -> None:
    class Writer:
        def expect(self, rows: int) -> None:
            night.tamper("UPDATE aggregation_tally SET figures[11] = 0", "DELETE FROM tallies_standingchange")

        def read(self, rows: int) -> None: ...

    assert night.verify(progress=Writer()).ok
    assert not night.verify().ok
