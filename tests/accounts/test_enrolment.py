"""From the commission's roster to an officer who signs in."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from http import HTTPStatus
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import services
from accounts.domain.roles import Permission, Role
from accounts.models import Appointment, Enrolment, User
from accounts.roster import RosterRefused, RosterRow, read_roster
from accounts.selectors import appointment_for
from audit.domain.actor import SYSTEM
from audit.models import Event
from tests.accounts.conftest import NOW, Country

pytestmark = pytest.mark.usefixtures("country")
PASSWORD = "ақ боз үй төрінде"


def written(folder: Path, text: str) -> Path:
    path = folder / "roster.csv"
    path.write_text(text, encoding="utf-8")
    return path


def links_of(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["username"]: "/kk/" + row["link"].split("/", 4)[4] for row in csv.DictReader(file)}


def test_an_officer_enrolled_from_a_file_sets_a_password_and_signs_in(country: Country, tmp_path: Path) -> None:
    roster = written(tmp_path, "username,name,role,station\nAigul,Айгүл Садықова,officer,1\n")
    call_command("enrol_officers", str(roster), out=tmp_path / "links.csv", stdout=StringIO())
    link = links_of(tmp_path / "links.csv")["aigul"]
    client = Client(enforce_csrf_checks=False)

    page = client.get(link)
    assert page.status_code == HTTPStatus.OK
    assert "aigul" in page.content.decode()
    refused = client.post(link, {"password": "short", "repeated": "short"})
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    taken = client.post(link, {"password": PASSWORD, "repeated": PASSWORD})
    assert taken.status_code == HTTPStatus.FOUND

    signed_in = client.post("/kk/account/login/", {"login": "aigul", "password": PASSWORD}, follow=True)
    assert signed_in.redirect_chain[-1][0] == "/kk/station/", "straight to what there is to do"
    user = User.objects.get(username="aigul")
    station = country.stations["1"]
    assert appointment_for(user, Permission.ENTER_PROTOCOL, station_id=station.pk, now=timezone.now()) is not None


def test_looking_at_a_link_does_not_use_it_up() -> None:
    link = enrolled("officer-1")
    for _look in range(2):
        assert Client().get(f"/kk/enrol/{link.secret}/").status_code == HTTPStatus.OK
    assert Enrolment.objects.get().consumed_at is None


def enrolled(username: str, now_offset: timedelta = timedelta()) -> services.EnrolmentLink:
    report = services.enrol_officers(
        rows=[RosterRow(2, username, "officer", station="1")], by=SYSTEM, now=timezone.now() + now_offset
    )
    return report.links[0]


def test_a_used_an_expired_and_an_unknown_link_answer_with_a_sentence() -> None:
    used = enrolled("officer-1").secret
    services.consume_enrolment(secret=used, password=PASSWORD, now=timezone.now())
    expired = enrolled("officer-2", -services.ENROLMENT_LIFETIME).secret
    for secret in (used, expired, "unknown"):
        for answer in (
            Client().get(f"/kk/enrol/{secret}/"),
            Client().post(f"/kk/enrol/{secret}/", {"password": PASSWORD, "repeated": PASSWORD}),
        ):
            assert answer.status_code == HTTPStatus.GONE
            assert "<h1>" in answer.content.decode()


def test_neither_passwords_nor_links_are_stored_as_they_are() -> None:
    secret = enrolled("officer-1").secret
    assert secret not in str(list(Enrolment.objects.values()))
    assert not User.objects.get(username="officer-1").has_usable_password()


def test_enrolling_the_same_roster_again_appoints_nobody_twice_and_replaces_unused_links() -> None:
    first = enrolled("officer-1")
    second = enrolled("officer-1")
    assert Appointment.objects.count() == 1
    assert Event.objects.filter(kind="appointment.made").count() == 1
    with pytest.raises(services.EnrolmentRefused):
        services.consume_enrolment(secret=first.secret, password=PASSWORD, now=timezone.now())
    services.consume_enrolment(secret=second.secret, password=PASSWORD, now=timezone.now())
    report = services.enrol_officers(rows=[RosterRow(2, "officer-1", "officer", station="1")], by=SYSTEM, now=NOW)
    assert (report.created, report.appointed, report.unchanged, report.links) == (0, 0, 1, [])


def test_a_dry_run_says_what_would_be_done_and_does_nothing(tmp_path: Path) -> None:
    roster = written(tmp_path, "username,name,role,station\naigul,Айгүл,officer,1\n")
    told = StringIO()
    call_command("enrol_officers", str(roster), dry_run=True, stdout=told)
    assert "1 accounts created, 1 appointed, 0 unchanged." in told.getvalue()
    assert "nothing was kept" in told.getvalue()
    assert not (User.objects.exists() or Appointment.objects.exists() or Enrolment.objects.exists())
    assert not Event.objects.filter(kind="appointment.made").exists()


def test_one_person_may_stand_on_several_lines() -> None:
    rows = [RosterRow(2, "one", "officer", station="1"), RosterRow(3, "ONE", "observer", area="south")]
    report = services.enrol_officers(rows=rows, by=SYSTEM, now=NOW)
    assert (report.created, report.appointed, len(report.links)) == (1, 2, 1)


def test_a_roster_with_any_problem_is_refused_whole_with_every_problem_named(tmp_path: Path) -> None:
    roster = written(
        tmp_path,
        "username,role,station,area,contest,election\n"
        "good,officer,1,,,\n"
        "bad name,officer,1,,,\n"
        ",officer,1,,,\n"
        "a,mayor,1,,,\n"
        "b,officer,77,,,\n"
        "c,officer,,north,,\n"
        "d,cec,,north,,\n"
        "e,officer,1,north,,\n"
        "f,officer,1,,,nowhere\n",
    )
    with pytest.raises(RosterRefused) as refused:
        services.enrol_officers(rows=read_roster(roster), by=SYSTEM, now=NOW)
    assert [(problem.line, problem.column) for problem in refused.value.problems] == [
        (3, "username"),
        (4, "username"),
        (5, "role"),
        (6, "station"),
        (7, "area"),
        (8, "area"),
        (9, "area"),
        (10, "election"),
    ]
    assert not User.objects.exists()
    with pytest.raises(CommandError):
        call_command("enrol_officers", str(roster), out=tmp_path / "links.csv", stderr=StringIO())
    assert not (tmp_path / "links.csv").exists()


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        (b"username,station\nx,1\n", [(1, "role")]),
        (b"username,role,stations\nx,officer,1\n", [(1, "stations")]),
        (b"username,role,role\nx,officer,officer\n", [(1, "role")]),
        (b"username,role\nx,cec,1\ny\n", [(2, ""), (3, "")]),
        ("username,role\nx,cec\nҚ,cec\n".encode("cp1251", errors="replace") + b"\xff", [(4, "")]),
        (b"", [(1, "username"), (1, "role")]),
    ],
)
def test_a_file_that_is_not_a_roster_says_where(
    content: bytes, problems: list[tuple[int, str]], tmp_path: Path
) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes(content)
    with pytest.raises(RosterRefused) as refused:
        read_roster(path)
    assert [(problem.line, problem.column) for problem in refused.value.problems] == problems


def test_a_near_miss_in_a_column_name_is_guessed(tmp_path: Path) -> None:
    with pytest.raises(RosterRefused, match="station"):
        read_roster(written(tmp_path, "username,role,statoin\n"))


def test_the_file_of_links_is_for_its_owner_only(tmp_path: Path) -> None:
    roster = written(tmp_path, "username,role,station\nx,officer,1\n")
    call_command("enrol_officers", str(roster), out=tmp_path / "links.csv", stdout=StringIO())
    assert (tmp_path / "links.csv").stat().st_mode & 0o077 == 0


def test_the_number_of_statements_does_not_grow_with_the_roster() -> None:
    def statements(count: int, prefix: str) -> int:
        rows = [RosterRow(n + 2, f"{prefix}{n}", "officer", station="1") for n in range(count)]
        with CaptureQueriesContext(connection) as captured:
            services.enrol_officers(rows=rows, by=SYSTEM, now=NOW)
        return len(captured)

    assert statements(400, "a") == statements(40, "b")


def test_the_first_administrator_gets_a_link() -> None:
    printed = StringIO()
    call_command("create_administrator", "Root", "--cec", stdout=printed)
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/\w\w/enrol/[\w-]{32}/\n", printed.getvalue())
    root = User.objects.get(username="root")
    assert root.is_superuser
    assert appointment_for(root, Permission.MANAGE_PEOPLE, now=timezone.now()) is not None
    assert Appointment.objects.get(user=root).role == Role.CEC
    with pytest.raises(CommandError):
        call_command("create_administrator", "root", stdout=StringIO())
