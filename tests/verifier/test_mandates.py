"""Acts about mandates follow from the final result, and somebody at home derives them again."""

from __future__ import annotations

from pathlib import Path

import pytest

from stations.services.packages import package_path
from tests.results.conftest import folder
from tests.results.mandates.test_tampering import record_everything
from tests.verifier.forging import Event, Forger, Forgery
from verifier.hattama_verify import Folder, verify

__all__ = ["folder"]

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])


class Home(Folder):
    """The log as it was published, and the packages beside it."""

    def read(self, path: str) -> bytes:
        name = path.removeprefix("election/").removesuffix(".zip")
        return super().read(path) if name == path else package_path(name).read_bytes()


def told(log: Path) -> list[str]:
    """What the verifier says of mandates: "mandates" where all follow, or why one does not."""
    results = verify(Home(log), None).report.results
    return [str(result.values.get("why", result.key)) for result in results if "mandate" in result.key]


def act(forger: Forger, number: int, contest: str = "list", kind: str = "mandates.proposed") -> Event:
    return next(
        event
        for event in forger.events
        if (event["kind"], event.get("contest"), event["body"].get("act")) == (kind, contest, number)
    )


def a_mandate_for_somebody_else(forger: Forger) -> None:
    act(forger, 1)["body"]["data"]["holders"]["b"] = [1, 2, 4]


def somebody_without_a_mandate_gives_it_up(forger: Forger) -> None:
    act(forger, 2)["body"]["data"]["place"] = 9


def another_one_is_next(forger: Forger) -> None:
    act(forger, 2)["body"]["data"]["successor"] = 9


def lots_among_others(forger: Forger) -> None:
    act(forger, 1, "okrug")["body"]["data"]["among"] = ["x"]


def one_person_alone(forger: Forger) -> None:
    proposer = act(forger, 1)["actor"]["pseudonym"]
    act(forger, 1, kind="mandates.confirmed")["actor"]["pseudonym"] = proposer


def a_confirmation_taken_out(forger: Forger) -> None:
    forger.events.remove(act(forger, 1, kind="mandates.confirmed"))


def an_act_about_no_final_result(forger: Forger) -> None:
    act(forger, 2)["body"]["final"] = 2


def a_number_twice(forger: Forger) -> None:
    act(forger, 2)["body"]["act"] = 1


def a_withdrawn_act_confirmed(forger: Forger) -> None:
    act(forger, 3, kind="mandates.withdrawn")["kind"] = "mandates.confirmed"


FORGERIES: dict[Forgery, str] = {
    a_mandate_for_somebody_else: "registration: ",
    somebody_without_a_mandate_gives_it_up: "given_up: ",
    another_one_is_next: "given_up: ",
    lots_among_others: "lots: ",
    one_person_alone: "one person",
    a_confirmation_taken_out: "given_up: ",
    an_act_about_no_final_result: "LookupError: final 2",
    a_number_twice: "1 ≠ 2",
}


def test_every_act_follows_from_the_final_result_and_a_forged_one_does_not(folder: Path) -> None:
    record_everything(folder)
    log, key = folder / "log", folder / "key"
    assert told(log) == ["mandates"]
    untouched = Forger(log, key).events
    for forge, why in FORGERIES.items():
        forger = Forger(log, key)
        forge(forger)
        forger.publish()
        assert any(line.startswith(why) for line in told(log)), (forge.__name__, told(log))
        forger.events = untouched
        forger.publish()
    assert told(log) == ["mandates"]


def test_an_act_taken_back_and_confirmed_all_the_same_gives_a_mandate_up_once_more(folder: Path) -> None:
    record_everything(folder)
    forger = Forger(folder / "log", folder / "key")
    a_withdrawn_act_confirmed(forger)
    act(forger, 3)["body"]["data"]["successor"] = 1
    forger.publish()
    assert any(line.startswith("given_up: ") for line in told(folder / "log"))
