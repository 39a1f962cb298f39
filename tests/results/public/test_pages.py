"""What the public sees: from the nation down to a station's protocol, and nothing that is not decided."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.domain.actor import SYSTEM
from results.public import ground, kept_pages
from stations.models import Election
from tallies.models import Explanation
from tallies.services.registry import amend_election, load_election
from tests import scene
from tests.figures import tells
from tests.packages import valid_figures, write_package
from tests.results import evening

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])

SECRET = {"a": 7313, "b": 600, "c": 200, "against_all": 100}


@pytest.fixture
def election(folder: Path) -> Election:
    """An election whose live sums are public."""
    return scene.load(folder / "package", live_public=True)


def page(address: str, language: str = "en", status: int = 200) -> str:
    """Return the page as a reader sees it, without marks and needless space."""
    answer = Client().get(f"/{language}/{address}")
    assert answer.status_code == status
    text = re.sub(r"<(script|style|title).*?</\1>|<[^>]+>", " ", answer.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", unescape(text))


def test_without_an_election_the_page_says_so() -> None:
    assert "No election is loaded yet" in page("")


def test_the_front_page_is_shown_in_the_language_the_browser_asks_for(election: Election) -> None:
    for language, name in (("kk", "қазақша"), ("ru", "по-русски")):
        answer = Client().get("/", headers={"accept-language": language})
        assert answer.status_code == 200
        assert f'<html lang="{language}">' in answer.content.decode()
        assert name in answer.content.decode()
        assert "Accept-Language" in answer["Vary"]


def test_before_the_law_allows_it_no_figure_is_shown(folder: Path) -> None:
    scene.load(folder / "package", live_public=True, figures_public_from="2099-03-19T20:00:00+05:00")
    scene.submit("r1-d1-s1")
    evening.seal_log(folder)
    for address in ("", "results/list/", "results/list/r1-d1/", "results/list/r1-d1-s1/", "seats/list/"):
        shown = page(address)
        assert "By law figures are shown from 19 March 2099, 20:00:00 (UTC+5)" in shown
        assert not tells(shown, 240)
    assert "Stations counted" not in page("contests/")


def test_where_live_sums_are_not_public_nothing_is_shown_before_the_first_bulletin(folder: Path) -> None:
    election = scene.load(folder / "package")
    scene.submit("r1-d1-s1")
    assert "Nothing has been published yet" in page("")
    evening.bulletin(election, folder)
    scene.submit("r1-d1-s2", figures=valid_figures(SECRET, voters_on_list=9000))
    evening.seal_log(folder)
    for address in ("", "results/list/r1-d1/", "results/list/r1-d1-s2/"):
        assert "7,313" not in page(address)
    assert "1 of 12 stations counted" in page("")
    assert "Bulletin 1" in page("")


def test_the_nation_says_votes_shares_seats_turnout_and_how_far_the_count_is(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1", figures=valid_figures({"a": 300, "b": 130, "c": 10, "against_all": 10}))
    evening.seal_log(folder)
    shown = page("")
    assert "1 of 12 stations counted" in shown
    assert "Choice a 300 66.67% 7" in shown
    assert "Choice c 10 2.22% 0" in shown
    assert "Against all 10 2.22% —" in shown
    assert "Turnout 45.20% at the stations counted: 452 of 1,000 voters" in shown
    assert "Seats are preliminary" in shown
    assert "Synthetic data" in shown
    assert "Live , last change" in shown


def test_numbers_are_written_as_the_language_writes_them(election: Election, folder: Path) -> None:
    scene.submit(
        "r1-d1-s1", figures=valid_figures({"a": 3000, "b": 1000, "c": 0, "against_all": 0}, voters_on_list=9000)
    )
    evening.seal_log(folder)
    assert "3,000 75.00%" in page("")
    assert "3 000 75,00 %" in page("", "ru")
    assert "3 000 75,00 %" in page("", "kk")


def test_every_level_leads_to_the_next(election: Election, folder: Path) -> None:
    evening.everybody_sends()
    evening.seal_log(folder)
    at = "/en/results/list/"
    for link in ("r1/", "r1-d2/", "r1-d2-s3/"):
        answer = Client().get(at)
        assert f'href="/en/results/list/{link}"' in answer.content.decode()
        at = f"/en/results/list/{link}"
    assert "Country Region 1 District r1-d2" in page("results/list/r1-d2-s3/")


def test_the_seats_are_explained_step_by_step(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1", figures=valid_figures({"a": 300, "b": 130, "c": 10, "against_all": 10}))
    evening.seal_log(folder)
    shown = page("seats/list/")
    assert "450 valid votes, those against all included; the threshold of 5 percent is 22.5 votes." in shown
    assert "Choice c does not take part: 10 votes" in shown
    # 300 × 10 / 430 = 6 and 420 parts, 130 × 10 / 430 = 3 and 10 parts: the last seat is a's.
    assert "Choice a 3,000 6.9767… 6 420 1 +1 7" in shown
    assert "Choice b 1,300 3.0232… 3 10 2 3" in shown
    # With 27 votes c has 270 parts of 457 and a 6 seats and 258; with 26 it has 260 of 456, and a 264.
    assert "Choice c 17 Choice c +1, Choice a −1" in shown


def test_a_held_protocol_is_told_without_its_figures(election: Election, folder: Path) -> None:
    broken = valid_figures(SECRET, voters_on_list=9000)
    scene.submit("r1-d1-s1", figures={**broken, "ballots_received": 1}, paper_says_so="7313 votes, the paper says")
    evening.seal_log(folder)
    for address in ("", "results/list/", "results/list/r1/", "results/list/r1-d1/", "results/list/r1-d1-s1/"):
        shown = page(address)
        assert "held" in shown
        assert "7,313" not in shown and "7313" not in shown


def test_a_returned_version_is_never_shown_nor_what_was_written_about_it(election: Election, folder: Path) -> None:
    broken = valid_figures(SECRET, voters_on_list=9000)
    scene.submit("r1-d1-s1", figures={**broken, "ballots_received": 1}, paper_says_so="7313 votes, the paper says")
    scene.decide("return")
    scene.submit("r1-d1-s1")
    evening.seal_log(folder)
    shown = page("results/list/r1-d1-s1/")
    assert "Returned to the station" in shown
    assert "Version 2" in shown and "Version 1" not in shown
    assert "7,313" not in shown and "7313" not in shown and "a line is missing" not in shown


def test_a_corrected_protocol_shows_both_versions_and_the_reason(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1")
    scene.decide("correct", figures=valid_figures({"a": 241, "b": 119, "c": 60, "against_all": 20}))
    evening.seal_log(folder)
    shown = page("results/list/r1-d1-s1/")
    assert "Version 1 superseded Version 2 in force" in shown
    assert "11 Choice a changed 240 241" in shown
    assert "13 Choice c 60 60" in shown
    assert "Why it was corrected: mistyped" in shown
    assert "Corrected , version 2 (district commission)" in shown


def test_an_annulled_protocol_stays_to_be_seen(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1")
    scene.decide("annul")
    evening.seal_log(folder)
    shown = page("results/list/r1-d1-s1/")
    assert "annulled and counts as zero" in shown
    assert "Legal ground of the annulment: Article 20" in shown
    assert "Version 1 annulled" in shown


def test_a_recount_says_on_whose_order_and_by_which_act(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1")
    scene.decide("recount", figures=valid_figures({"a": 241, "b": 119, "c": 60, "against_all": 20}))
    evening.seal_log(folder)
    shown = page("results/list/r1-d1-s1/")
    assert "Version 1 superseded Version 2 in force" in shown
    assert "Version 2: counted again" in shown
    assert "Recounted , version 2 (regional commission) Ordered by a court, act of 19 March 2026" in shown
    assert "Act that ordered the recount: 14/2-1" in shown
    assert "Why the ballots were counted again: a complaint" in shown


def test_until_a_repeat_voting_is_counted_the_station_is_missing_and_its_annulled_result_is_shown(
    election: Election, folder: Path
) -> None:
    scene.submit("r1-d1-s1")
    scene.decide("annul")
    scene.decide("repeat")
    evening.seal_log(folder)
    shown = page("results/list/r1-d1-s1/")
    assert "its voters vote once more on 19 March 2026" in shown
    assert "Version 1 annulled" in shown
    assert "Repeat voting ordered , version 1 (Central Election Commission) Day of the repeat voting: 19 March" in shown
    assert "Legal ground of the repeat voting: Article 44" in shown
    assert "0 of 12 stations counted" in page("results/list/")
    assert not tells(page("results/list/r1-d1/"), 240)


def test_the_protocol_of_a_repeat_voting_stands_beside_the_annulled_one(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1")
    scene.decide("annul")
    scene.decide("repeat")
    scene.submit("r1-d1-s1", figures=valid_figures({"a": 241, "b": 119, "c": 60, "against_all": 20}))
    evening.seal_log(folder)
    assert "Version 1 annulled Version 2 in force" in page("results/list/r1-d1-s1/")


def test_what_the_district_entered_for_a_station_says_so(election: Election, folder: Path) -> None:
    for name in ("district", "district-2"):
        scene.submit_on_behalf(by=scene.person(name))
    evening.seal_log(folder)
    shown = page("results/list/r1-d1-s1/")
    assert "Version 1: keyed in by the district commission on the station's behalf" in shown
    assert "Put in force , version 1 (district commission)" in shown


def test_an_entry_that_the_commission_chose_says_so_with_its_reason(folder: Path) -> None:
    scene.load(folder / "package", live_public=True, entry="double")
    scene.submit(by=scene.person("secretary"))
    scene.submit(figures=valid_figures(SECRET, voters_on_list=9000), by=scene.person("chair"))
    scene.choose(0)
    evening.seal_log(folder)
    shown = page("results/list/r1-d1-s1/")
    assert "Version 1: two entries differed, the commission chose one" in shown
    assert "Why this entry was chosen: compared with the paper" in shown
    assert "7,313" not in shown


def test_a_finding_is_shown_with_its_explanation(election: Election, folder: Path) -> None:
    odd = valid_figures(invalid=60)
    scene.submit("r1-d1-s1", figures=odd, explanations={"W304": "a mark was missing on many"})
    evening.seal_log(folder)
    shown = page("results/list/r1-d1-s1/")
    assert "W304 W304 does not hold Article 43 Explanation: a mark was missing on many" in shown
    assert "W304 does not hold (қазақша) 43-бап " in page("results/list/r1-d1-s1/", "kk")


def test_an_erased_text_is_shown_no_more(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1")
    scene.decide("annul")
    evening.seal_log(folder)
    with connections["default"].cursor() as cursor:
        cursor.execute("RESET ROLE")
        Explanation.objects.update(text="")
        cursor.execute("SET ROLE hattama_app")
    assert "Article 20" not in page("results/list/r1-d1-s1/")


def test_a_contest_without_the_lines_of_turnout_still_has_a_result(folder: Path) -> None:
    package = folder / "package"
    write_package(package, live_public=True, turnout_hours=())
    heading = (package / "election.toml").read_text(encoding="utf-8")
    start = heading.index("[[form.lines]]")
    (package / "election.toml").write_text(
        heading[:start]
        + '[[form.lines]]\ncode = "spoilt"\nname_en = "Spoilt"\nname_kk = "Spoilt"\nname_ru = "Spoilt"\n\n'
        + '[[form.check]]\ncode = "E1"\nseverity = "error"\nrule = "spoilt <= 9"\nmessage_en = "m"\n'
        + 'message_kk = "m"\nmessage_ru = "m"\nlaw = ""\n',
        encoding="utf-8",
    )
    load_election(package=package, by=SYSTEM, now=scene.NOW)
    scene.submit("r1-d1-s1", figures={"spoilt": 3, "votes:a": 3, "votes:b": 1, "votes:c": 0, "votes:against_all": 0})
    evening.seal_log(folder)
    for address in ("", "results/list/r1/", "results/list/r1-d1/", "results/list/r1-d1-s1/"):
        assert "75.00%" in page(address)
        assert "Turnout" not in page(address).replace("More Turnout", "")


def test_bulletins_keep_their_own_addresses_for_good(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1")
    evening.bulletin(election, folder)
    scene.submit("r1-d1-s2")
    evening.bulletin(election, folder)
    assert "1 of 12 stations counted" in page("bulletins/1/")
    assert "2 of 12 stations counted" in page("bulletins/2/results/list/")
    assert "1 / 3" in page("bulletins/1/results/list/r1/")
    assert "has not come in yet" in page("bulletins/1/results/list/r1-d1-s2/")
    assert "Step by step" in page("bulletins/1/seats/list/")
    listed = page("bulletins/")
    assert listed.index("Bulletin 2") < listed.index("Bulletin 1")
    page("bulletins/3/", status=404)
    page("final/", status=404)


def test_the_final_result_is_what_everyone_sees_from_its_approval_on(folder: Path) -> None:
    election = scene.load(folder / "package", regions=1, districts=1, stations=2, live_public=True)
    evening.everybody_sends()
    assert "preliminary" in page("")
    evening.final(election, folder)
    shown = page("")
    assert "final result As of" in shown and "preliminary" not in shown
    assert "Approved by a second person" in page("final/")
    assert "elected" in page("results/okrug/")
    assert "Final result" in page("bulletins/")


@pytest.mark.parametrize(
    "address",
    [
        "results/nothing/",
        "results/list/nothing/",
        "results/list/r1-d1-s1%00/",
        "results/%00/",
        "results/list/r1'--/",
        "seats/nothing/",
        "bulletins/99999999999999999999/",
    ],
)
def test_what_is_not_there_is_not_found(election: Election, address: str) -> None:
    page(address, status=404)


def test_a_contest_is_found_by_its_name_in_any_language(election: Election) -> None:
    assert "1 contest " in page("contests/?q=okrug")
    assert "2 contests" in page("contests/?q=қазақша")
    assert "No contest has this name" in page("contests/?q=nowhere")
    assert "2 contests" in page("contests/?q=%00&page=zzz")


def test_a_page_that_is_kept_costs_one_statement_of_the_reader(election: Election, folder: Path) -> None:
    evening.everybody_sends(("list",))
    evening.seal_log(folder)
    for address in ("", "results/list/r1/", "results/list/r1-d1-s1/", "bulletins/"):
        page(address)
        with (
            CaptureQueriesContext(connections["reader"]) as read,
            CaptureQueriesContext(connections["default"]) as others,
        ):
            page(address)
        assert (len(read), len(others)) == (1, 0)


def test_a_page_asked_for_again_within_a_second_costs_no_statement(
    election: Election, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ground, "RECENT_SECONDS", 60.0)
    page("")
    with CaptureQueriesContext(connections["reader"]) as read:
        page("")
    assert len(read) == 0


@pytest.mark.parametrize(
    ("address", "alike", "most"),
    [
        ("results/list/", "results/okrug/", 9),
        ("results/list/r1/", "results/list/r2/", 9),
        ("results/list/r1-d1/", "results/list/r1-d2/", 8),
        ("results/list/r1-d1-s1/", "results/list/r1-d1-s2/", 12),
    ],
)
def test_a_page_made_anew_reads_what_changes_and_keeps_the_registry(
    election: Election, folder: Path, address: str, alike: str, most: int
) -> None:
    evening.everybody_sends(("list",))
    evening.seal_log(folder)
    page(address)
    page(alike)
    kept_pages.pages.clear()
    for each in (address, alike):
        with (
            CaptureQueriesContext(connections["reader"]) as read,
            CaptureQueriesContext(connections["default"]) as others,
        ):
            page(each)
        assert len(read) <= most, [query["sql"] for query in read]
        # What stands over every page: which election this is.
        assert len(others) <= 1


def test_an_amended_registry_is_shown_at_once(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1")
    evening.seal_log(folder)
    addresses = ("results/list/", "results/list/r1/", "results/list/r1-d1/", "results/list/r1-d1-s1/")
    assert "1 of 12 stations counted" in page("")
    for address in addresses:
        page(address)
    page("results/list/r1-d1-s4/", status=404)
    package = write_package(folder / "amended", stations=4, live_public=True)
    for file, old, new in (
        ("areas.csv", "District r1-d1,", "Quarter r1-d1,"),
        ("areas.csv", "Region 1,", "Province 1,"),
        ("choices.csv", "Choice a,", "Party a,"),
    ):
        text = (package / file).read_text(encoding="utf-8")
        assert old in text
        (package / file).write_text(text.replace(old, new), encoding="utf-8")
    amend_election(package=package, by=SYSTEM, now=scene.NOW)
    evening.seal_log(folder)
    assert "1 of 16 stations counted" in page("")
    assert "Province 1" in page("results/list/")
    assert "Quarter r1-d1" in page("results/list/r1/")
    for address in addresses:
        assert "Party a" in page(address) and "Choice a" not in page(address)
    assert "Province 1 Quarter r1-d1" in page("results/list/r1-d1-s1/")
    page("results/list/r1-d1-s4/")


def test_public_pages_do_not_look_at_who_reads(election: Election) -> None:
    member = Client()
    member.force_login(evening.member("cec", election))
    with CaptureQueriesContext(connections["default"]) as others:
        answer = member.get("/en/")
    assert answer.content == Client().get("/en/").content
    assert not [query for query in others if re.search("accounts_|session|mfa_", query["sql"])]
    assert "Cookie" not in answer.get("Vary", "")


def test_an_unchanged_page_is_not_sent_again(election: Election, folder: Path) -> None:
    evening.seal_log(folder)
    first = Client().get("/en/")
    assert first["Cache-Control"] == "public, max-age=5"
    again = Client().get("/en/", headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    scene.submit("r1-d1-s1")
    evening.seal_log(folder)
    changed = Client().get("/en/", headers={"if-none-match": first["ETag"]})
    assert changed.status_code == 200
    assert "1</strong> of 12 stations" in changed.content.decode()


def test_a_bulletin_may_be_kept_for_long(election: Election, folder: Path) -> None:
    evening.bulletin(election, folder)
    assert Client().get("/en/bulletins/1/results/list/")["Cache-Control"] == "public, max-age=3600"


def test_nothing_behind_the_address_makes_another_page(election: Election) -> None:
    answer = Client().get("/en/results/list/?utm_source=x")
    assert (answer.status_code, answer["Location"]) == (302, "/en/results/list/")


def test_live_pages_ask_again_by_themselves_and_bulletins_do_not(election: Election, folder: Path) -> None:
    assert 'hx-trigger="every 10s"' in Client().get("/en/results/list/r1/").content.decode()
    evening.bulletin(election, folder)
    assert "hx-trigger" not in Client().get("/en/bulletins/1/results/list/r1/").content.decode()


def test_no_page_carries_a_style_of_its_own(election: Election, folder: Path) -> None:
    evening.everybody_sends()
    evening.bulletin(election, folder)
    addresses = ("", "results/list/r1-d1/", "results/list/r1-d1-s1/", "seats/list/", "contests/", "bulletins/1/")
    for address in addresses:
        answer = Client().get(f"/en/{address}").content.decode()
        assert not re.search(r"\sstyle=|<style|\son\w+=", answer)
