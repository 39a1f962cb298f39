"""A change and a signature at the same moment: a certificate that stands covers the figures in force, always."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from django.db import connections, transaction
from django.utils import timezone

from accounts.domain.roles import Role
from audit.models import Event
from results.certification.content import content_now
from results.certification.plan import plan_of
from results.certification.selectors import last_certificates, stands
from results.certification.services import propose_certificate, sign_certificate
from results.models import Certificate
from stations.models import Area, Contest, Election
from tallies.refusals import Refusal
from tests import scene
from tests.packages import valid_figures
from tests.results import evening

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 12


def propose(election: Election) -> Certificate:
    cell = plan_of(election).cells[Contest.objects.get().pk, Area.objects.get(code="r1-d1").pk]
    return propose_certificate(
        election=election, cell=cell, by=scene.person("first"), role=Role.DISTRICT, now=timezone.now()
    )


def sign(certificate: Certificate) -> None:
    sign_certificate(certificate=certificate, by=scene.person("second"), role=Role.DISTRICT, now=timezone.now())


def correct(number: int) -> None:
    figures = valid_figures({"a": 200 + number, "b": 160, "c": 60, "against_all": 20})
    scene.decide("correct", "r1-d1-s1", figures=figures)


def assert_what_stands_covers_what_counts(election: Election) -> bool:
    """Say whether the district is certified; if it is, then by what is in force."""
    plan = plan_of(election)
    cell = plan.cells[Contest.objects.get().pk, Area.objects.get(code="r1-d1").pk]
    last = last_certificates([(cell.contest, cell.area)])[cell.contest, cell.area]
    if stands(last):
        assert last.content_sha256 == content_now(cell, plan).sha256
    return stands(last)


def in_a_thread(pool: ThreadPoolExecutor, work: Callable[[], None], barrier: threading.Barrier) -> Future[bool]:
    """Begin together with the other; say whether the work was done or refused."""

    def run() -> bool:
        try:
            barrier.wait()
            work()
        except Refusal:
            return False
        finally:
            connections.close_all()
        return True

    return pool.submit(run)


def test_a_correction_against_a_signature(complete: Election, folder: Path) -> None:
    standing = []
    with ThreadPoolExecutor(2) as pool:
        for number in range(ROUNDS):
            certificate = propose(complete)
            barrier = threading.Barrier(2)
            corrected = in_a_thread(pool, partial(correct, number), barrier)
            signed = in_a_thread(pool, partial(sign, certificate), barrier)
            assert corrected.result(timeout=20)
            signed.result(timeout=20)
            standing.append(assert_what_stands_covers_what_counts(complete))
            evening.seal_log(folder)
    assert standing == [False] * ROUNDS  # Signed first, it was withdrawn; signed second, it was refused.


def test_a_signature_waits_for_a_correction_that_is_not_committed(complete: Election) -> None:
    certificate = propose(complete)
    barrier = threading.Barrier(1)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            correct(1)
            signed = in_a_thread(pool, lambda: sign(certificate), barrier)
            with pytest.raises(TimeoutError):
                signed.result(timeout=0.5)
        assert signed.result(timeout=20) is False
    assert assert_what_stands_covers_what_counts(complete) is False


def test_a_correction_waits_for_a_signature_that_is_not_committed_and_withdraws_it(complete: Election) -> None:
    certificate = propose(complete)
    barrier = threading.Barrier(1)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            sign(certificate)
            corrected = in_a_thread(pool, lambda: correct(1), barrier)
            with pytest.raises(TimeoutError):
                corrected.result(timeout=0.5)
        assert corrected.result(timeout=20) is True
    assert assert_what_stands_covers_what_counts(complete) is False


def test_the_log_tells_them_in_the_order_in_which_they_counted(complete: Election, folder: Path) -> None:
    certificate = propose(complete)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            sign(certificate)
            corrected = in_a_thread(pool, lambda: correct(1), threading.Barrier(1))
            with pytest.raises(TimeoutError):
                corrected.result(timeout=0.5)
        corrected.result(timeout=20)
    evening.seal_log(folder)
    kinds = Event.objects.order_by("log_index__index").values_list("kind", flat=True)
    assert list(kinds)[-3:] == ["certificate.signed", "protocol.corrected", "certificate.withdrawn"]


def test_two_corrections_at_once_withdraw_a_certificate_once(complete: Election) -> None:
    evening.certify(complete, "list", "r1-d1")
    evening.certify(complete, "list", "r1-d2")
    evening.certify(complete, "list", "r1")
    barrier = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        one = in_a_thread(pool, lambda: scene.decide("annul", "r1-d1-s1"), barrier)
        other = in_a_thread(pool, lambda: scene.decide("annul", "r1-d2-s2"), barrier)
        assert one.result(timeout=20)
        assert other.result(timeout=20)
    areas = Event.objects.filter(kind="certificate.withdrawn").order_by("area").values_list("area", flat=True)
    assert list(areas) == ["r1", "r1-d1", "r1-d2"]
