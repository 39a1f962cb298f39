"""Whoever owns the database and throws off its guards can change every row; each change is found and named."""

from __future__ import annotations

import re

import pytest

from results.verification.report import sentence
from tests.results.verification.conftest import Night

pytestmark = pytest.mark.django_db(transaction=True)

VERSION = """(SELECT version.id FROM tallies_protocolversion version
    JOIN stations_station station ON station.id = version.station_id
    JOIN stations_contest contest ON contest.id = version.contest_id
    WHERE station.code = '{0}' AND contest.code = '{2}' AND version.number = {1})"""
PROTOCOL = """contest_id = (SELECT id FROM stations_contest WHERE code = '{1}')
    AND station_id = (SELECT id FROM stations_station WHERE code = '{0}')"""
TALLY = """contest_id = (SELECT id FROM stations_contest WHERE code = 'list')
    AND area_id = (SELECT id FROM stations_area WHERE code = '{0}')"""
EVENT = """(SELECT event_id FROM tallies_standingchange WHERE {0} ORDER BY event_id DESC LIMIT 1)"""


def version(station: str, number: int = 1, contest: str = "list") -> str:
    return VERSION.format(station, number, contest)


def protocol(station: str, contest: str = "list") -> str:
    return PROTOCOL.format(station, contest)


def tally(area: str) -> str:
    return TALLY.format(area)


def last_event(station: str, contest: str = "list") -> str:
    return EVENT.format(protocol(station, contest))


TAMPERING: dict[str, tuple[str, str]] = {
    # Versions
    "one vote more in a version in force": (
        f"UPDATE tallies_protocolversion SET figures[11] = figures[11] + 1 WHERE id = {version('r1-d2-s1')}",
        r"tallies_protocolversion .*contest list, area r1-d2, station r1-d2-s1.* votes:a: expected 240, found 241",
    ),
    "votes moved between two choices": (
        "UPDATE tallies_protocolversion SET figures[11] = figures[12], figures[12] = figures[11] "
        f"WHERE id = {version('r1-d2-s1')}",
        r"tallies_protocolversion .*station r1-d2-s1.* votes:b: expected 120, found 240",
    ),
    "figures of a held version": (
        f"UPDATE tallies_protocolversion SET figures[11] = 1 WHERE id = {version('r2-d2-s2')}",
        r"audit_event .*station r2-d2-s2.*body\.commitment",
    ),
    "figures of a version that was superseded": (
        f"UPDATE tallies_protocolversion SET figures[11] = 1 WHERE id = {version('r1-d1-s1')}",
        r"tallies_protocolversion .*station r1-d1-s1.* votes:a: expected 240, found 1",
    ),
    "a figure removed": (
        f"UPDATE tallies_protocolversion SET figures = figures[1:13] WHERE id = {version('r1-d2-s1')}",
        r"tallies_protocolversion .*r1-d2-s1.*number of figures: expected 14, found 13",
    ),
    "a figure that must be there left open": (
        f"UPDATE tallies_protocolversion SET figures[1] = NULL WHERE id = {version('r1-d2-s1')}",
        r"tallies_protocolversion .*r1-d2-s1.*voters_on_list: expected a whole number from 0, found nothing",
    ),
    "a negative figure": (
        f"UPDATE tallies_protocolversion SET figures[11] = -1 WHERE id = {version('r1-d2-s1')}",
        r"tallies_protocolversion .*r1-d2-s1.*votes:a: expected a whole number from 0, found -1",
    ),
    "the salt of a version": (
        f"UPDATE tallies_protocolversion SET salt = sha256('x') WHERE id = {version('r1-d2-s1')}",
        r"tallies_protocolversion .*r1-d2-s1.* salt",
    ),
    "a version's origin": (
        f"UPDATE tallies_protocolversion SET origin = 'import' WHERE id = {version('r1-d2-s1')}",
        r"tallies_protocolversion .*r1-d2-s1.* origin: expected entry, found import",
    ),
    "a version's findings": (
        f"UPDATE tallies_protocolversion SET findings = '[]' WHERE id = {version('r1-d2-s2')}",
        r"tallies_protocolversion .*r1-d2-s2.* findings: expected \['E201'\], found \[\]",
    ),
    "the check set of a version": (
        f"UPDATE tallies_protocolversion SET check_set = 1 WHERE id = {version('r1-d2-s1')}",
        r"tallies_protocolversion .*r1-d2-s1.* check_set: expected 2, found 1",
    ),
    "a rule of a check set": (
        "UPDATE stations_checkset SET checks = jsonb_set(checks, '{0,tolerance}', '9')",
        r"stations_checkset .* checks: expected",
    ),
    "a check set deleted": (
        "DELETE FROM stations_checkset",
        r"stations_checkset .* row: expected the set that was proposed, found nothing",
    ),
    "a version's moment": (
        f"UPDATE tallies_protocolversion SET at = at - interval '1 hour' WHERE id = {version('r1-d2-s1')}",
        r"tallies_protocolversion .*r1-d2-s1.* at: expected 2026-03-19T18",
    ),
    "a version's number": (
        f"UPDATE tallies_protocolversion SET number = 7 WHERE id = {version('r1-d2-s1')}",
        r"tallies_protocolversion .*r1-d2-s1.* number: expected 1, found 7",
    ),
    "what a correction replaces": (
        f"UPDATE tallies_protocolversion SET replaces_id = NULL WHERE id = {version('r1-d1-s1', 2)}",
        r"tallies_protocolversion .*r1-d1-s1.* replaces_id",
    ),
    "a version deleted": (
        f"DELETE FROM tallies_protocolversion WHERE id = {version('r1-d2-s1')}",
        r"tallies_protocolversion .*r1-d2-s1.* row: expected version 1 of this protocol, found nothing",
    ),
    "a version nobody stated": (
        "INSERT INTO tallies_protocolversion (contest_id, station_id, number, origin, figures, findings, salt, at) "
        f"SELECT contest_id, station_id, 2, origin, figures, findings, salt, at FROM tallies_protocolversion "
        f"WHERE id = {version('r1-d2-s1')}",
        r"audit_event .*r1-d2-s1, version 2.* row: expected the event that brings this version, found nothing",
    ),
    "the versions of two stations swapped": (
        "UPDATE tallies_protocolversion version SET station_id = other.station_id FROM tallies_protocolversion other "
        f"WHERE (version.id, other.id) IN (({version('r1-d2-s1')}, {version('r2-d1-s1')}), "
        f"({version('r2-d1-s1')}, {version('r1-d2-s1')}))",
        r"tallies_protocolversion .*r1-d2-s1.* row: expected version 1 of this protocol, found nothing",
    ),
    # Recounts, entries on a station's behalf, choices between two entries
    "a vote more in a recount": (
        f"UPDATE tallies_protocolversion SET figures[1] = figures[1] + 1 WHERE id = {version('r2-d1-s1', 2, 'okrug')}",
        r"tallies_protocolversion .*contest okrug, area r2-d1, station r2-d1-s1.*version 2.*expected \d+, found \d+",
    ),
    "a recount passed off as a correction": (
        f"UPDATE tallies_protocolversion SET origin = 'correction' WHERE id = {version('r2-d1-s1', 2, 'okrug')}",
        r"tallies_protocolversion .*r2-d1-s1.* origin: expected recount, found correction",
    ),
    "a recount undone": (
        f"UPDATE tallies_standing SET version_id = {version('r2-d1-s1', 1, 'okrug')} "
        f"WHERE {protocol('r2-d1-s1', 'okrug')}",
        r"tallies_standing .*contest okrug.*r2-d1-s1\): version_id: expected version 2, found version 1",
    ),
    "what a recount replaces": (
        f"UPDATE tallies_protocolversion SET replaces_id = NULL WHERE id = {version('r2-d1-s1', 2, 'okrug')}",
        r"tallies_protocolversion .*r2-d1-s1.* replaces_id",
    ),
    "the act that ordered a recount": (
        "UPDATE tallies_explanation SET text = '99' WHERE subject = 'act'",
        r"tallies_explanation .*subject act\): text: expected [0-9a-f]{64}, found [0-9a-f]{64}",
    ),
    "a recount's event that says it was a correction": (
        f"UPDATE audit_event SET kind = 'protocol.corrected' WHERE id = {last_event('r2-d1-s1', 'okrug')}",
        r"audit_event .*kind: expected protocol.recounted, found protocol.corrected",
    ),
    "an entry on a station's behalf passed off as the station's": (
        f"UPDATE tallies_protocolversion SET origin = 'entry' WHERE id = {version('r1-d2-s2', 1, 'okrug')}",
        r"tallies_protocolversion .*r1-d2-s2.* origin: expected on_behalf, found entry",
    ),
    "the entry that was not chosen put in force": (
        "UPDATE tallies_protocolversion SET figures = entry.figures FROM tallies_entry entry "
        f"WHERE tallies_protocolversion.id = {version('r2-d1-s2', 1, 'okrug')} AND entry.id = second_entry_id",
        r"tallies_protocolversion .*contest okrug.*r2-d1-s2.* ballots_unused: expected 499, found 498",
    ),
    "the figures of an entry that was chosen": (
        f"UPDATE tallies_entry SET figures[1] = figures[1] + 1 WHERE {protocol('r2-d1-s2', 'okrug')}",
        r"tallies_entry .*r2-d1-s2, version 1\): figures",
    ),
    # Repeat votings
    "a repeat voting taken back": (
        f"UPDATE tallies_standing SET state = 'annulled' WHERE {protocol('r1-d2-s1', 'okrug')}",
        r"tallies_standing .*contest okrug.*r1-d2-s1\): state: expected repeat_ordered, found annulled",
    ),
    "the annulled result in force until the repeat voting": (
        f"UPDATE tallies_standing SET state = 'in_force' WHERE {protocol('r1-d2-s1', 'okrug')}",
        r"tallies_standing .*contest okrug.*r1-d2-s1\): state: expected repeat_ordered, found in_force",
    ),
    "a repeat voting nobody ordered": (
        f"UPDATE tallies_standing SET state = 'repeat_ordered' WHERE {protocol('r1-d1-s2')}",
        r"tallies_standing .*contest list.*r1-d1-s2\): state: expected annulled, found repeat_ordered",
    ),
    "the day of a repeat voting": (
        "UPDATE tallies_repeatvoting SET date = date + 7",
        r"tallies_repeatvoting .*contest, station, date: expected .*2026-03-19.*, found .*2026-03-26",
    ),
    "a repeat voting deleted": (
        "DELETE FROM tallies_repeatvoting",
        r"tallies_repeatvoting .*contest, station, date: expected .*r1-d2-s1.*, found nothing",
    ),
    "a day of repeat voting without an order": (
        "INSERT INTO tallies_repeatvoting (event_id, contest_id, station_id, date) "
        f"SELECT event_id, contest_id, station_id, '2026-04-02' FROM tallies_standingchange "
        f"WHERE event_id = {last_event('r1-d1-s2')}",
        r"tallies_repeatvoting .*contest, station, date: expected nothing, found .*r1-d1-s2",
    ),
    "a station waiting for its repeat voting counted as annulled": (
        "UPDATE aggregation_tally SET stations_annulled = stations_annulled + 1 "
        "WHERE contest_id = (SELECT id FROM stations_contest WHERE code = 'okrug') "
        "AND area_id = (SELECT id FROM stations_area WHERE code = 'r1-d2')",
        r"aggregation_tally \(contest okrug, area r1-d2\): stations_annulled: expected 0, found 1",
    ),
    # Entries
    "figures of an entry": (
        f"UPDATE tallies_entry SET figures[11] = 1 WHERE {protocol('r1-d2-s1')}",
        r"tallies_entry .*r1-d2-s1, version 1\): figures",
    ),
    "an entry deleted": (
        f"DELETE FROM tallies_entry WHERE {protocol('r1-d2-s1')}",
        r"tallies_entry .*r1-d2-s1, version 1\): figures",
    ),
    # Standings
    "a protocol in force declared held": (
        f"UPDATE tallies_standing SET state = 'held' WHERE {protocol('r1-d2-s1')}",
        r"tallies_standing .*r1-d2-s1\): state: expected in_force, found held",
    ),
    "a held protocol declared in force": (
        f"UPDATE tallies_standing SET state = 'in_force' WHERE {protocol('r2-d2-s2')}",
        r"tallies_standing .*r2-d2-s2\): state: expected held, found in_force",
    ),
    "an annulled protocol brought back": (
        f"UPDATE tallies_standing SET state = 'in_force' WHERE {protocol('r1-d1-s2')}",
        r"tallies_standing .*r1-d1-s2\): state: expected annulled, found in_force",
    ),
    "a superseded version in force again": (
        f"UPDATE tallies_standing SET version_id = {version('r1-d1-s1')} WHERE {protocol('r1-d1-s1')}",
        r"tallies_standing .*r1-d1-s1\): version_id: expected version 2, found version 1",
    ),
    "another station's version in force": (
        f"UPDATE tallies_standing SET version_id = {version('r2-d1-s1')} WHERE {protocol('r1-d2-s1')}",
        r"tallies_standing .*r1-d2-s1\): version_id: expected a version of this protocol",
    ),
    "a standing deleted": (
        f"DELETE FROM tallies_standing WHERE {protocol('r1-d2-s1')}",
        r"tallies_standing .*r1-d2-s1\): row: expected a standing that is in_force, found nothing",
    ),
    "a standing made up": (
        "INSERT INTO tallies_standing (contest_id, station_id, area_id, state, changed_at) "
        "SELECT contest_id, station_id, area_id, 'annulled', changed_at FROM tallies_standing "
        "WHERE contest_id = (SELECT id FROM stations_contest WHERE code = 'list') LIMIT 1",
        r"tallies_standing .*row: expected one standing, found another that is",
    ),
    "a standing in another district": (
        f"UPDATE tallies_standing SET area_id = (SELECT id FROM stations_area WHERE code = 'r2-d1') "
        f"WHERE {protocol('r1-d2-s1')}",
        r"tallies_standing .*r1-d2-s1\): area_id: expected r1-d2, found r2-d1",
    ),
    "a standing's moment": (
        f"UPDATE tallies_standing SET changed_at = changed_at - interval '1 s' WHERE {protocol('r1-d2-s1')}",
        r"tallies_standing .*r1-d2-s1\): changed_at",
    ),
    # History
    "a change of standing deleted": (
        f"DELETE FROM tallies_standingchange WHERE event_id = {last_event('r1-d1-s2')}",
        r"tallies_standingchange .*row: expected the change of protocol.annulled, found nothing",
    ),
    "the state of a change": (
        f"UPDATE tallies_standingchange SET state = 'held' WHERE event_id = {last_event('r1-d2-s1')}",
        r"tallies_standingchange .*r1-d2-s1.* state: expected in_force, found held",
    ),
    "the version of a change": (
        f"UPDATE tallies_standingchange SET version_id = {version('r1-d1-s1')} "
        f"WHERE event_id = {last_event('r1-d1-s1')}",
        r"tallies_standingchange .*r1-d1-s1.* version_id: expected version 2, found version 1",
    ),
    "the district of a change": (
        f"UPDATE tallies_standingchange SET area_id = (SELECT id FROM stations_area WHERE code = 'r2-d1') "
        f"WHERE event_id = {last_event('r1-d2-s1')}",
        r"audit_event .*r1-d2-s1.* election, contest, area, station: expected .*'r2-d1', .*found .*'r1-d2'",
    ),
    "the events of two changes swapped": (
        "UPDATE tallies_standingchange change SET station_id = other.station_id, area_id = other.area_id "
        "FROM tallies_standingchange other WHERE (change.event_id, other.event_id) IN "
        f"(({last_event('r1-d2-s1')}, {last_event('r2-d1-s1')}), "
        f"({last_event('r2-d1-s1')}, {last_event('r1-d2-s1')}))",
        r"audit_event .*election, contest, area, station",
    ),
    # Texts
    "a reason erased without an order": (
        "UPDATE tallies_explanation SET text = '', salt = '' WHERE subject = 'W304'",
        r"tallies_explanation .*subject W304\): text: expected an event that says it was erased",
    ),
    "a reason rewritten": (
        "UPDATE tallies_explanation SET text = 'dry ink' WHERE subject = 'W304'",
        r"tallies_explanation .*subject W304\): text: expected [0-9a-f]{64}, found [0-9a-f]{64}",
    ),
    "a reason deleted": (
        "DELETE FROM tallies_explanation WHERE subject = 'annulment'",
        r"tallies_explanation .*subject annulment\): row: expected a text that hashes to",
    ),
    "a reason nobody gave": (
        "INSERT INTO tallies_explanation (event_id, subject, text, salt) "
        f"VALUES ({last_event('r1-d2-s1')}, 'W304', 'x', sha256('x'))",
        r"tallies_explanation .*subject W304\): text: expected no text",
    ),
    # Tallies
    "one vote more in a district": (
        f"UPDATE aggregation_tally SET figures[11] = figures[11] + 1 WHERE {tally('r1-d2')}",
        r"aggregation_tally \(contest list, area r1-d2\): votes:a: expected 480, found 481",
    ),
    "one vote more in the nation": (
        f"UPDATE aggregation_tally SET figures[11] = figures[11] + 1 WHERE {tally('kz')}",
        r"aggregation_tally \(contest list, area kz\): votes:a",
    ),
    "a station counted that did not report": (
        f"UPDATE aggregation_tally SET stations_reported = stations_reported + 1 WHERE {tally('r2')}",
        r"aggregation_tally \(contest list, area r2\): stations_reported: expected 3, found 4",
    ),
    "fewer stations expected": (
        f"UPDATE aggregation_tally SET stations_expected = stations_expected - 1 WHERE {tally('kz')}",
        r"aggregation_tally \(contest list, area kz\): stations_expected: expected 8, found 7",
    ),
    "held stations hidden": (
        f"UPDATE aggregation_tally SET stations_held = 0 WHERE {tally('kz')}",
        r"aggregation_tally \(contest list, area kz\): stations_held: expected 1, found 0",
    ),
    "annulled stations hidden": (
        f"UPDATE aggregation_tally SET stations_annulled = 0 WHERE {tally('r1')}",
        r"aggregation_tally \(contest list, area r1\): stations_annulled: expected 1, found 0",
    ),
    "a tally deleted": (
        f"DELETE FROM aggregation_tally WHERE {tally('r1')}",
        r"aggregation_tally \(contest list, area r1\): row: expected a tally, found nothing",
    ),
    "a tally of a contest that the area has not": (
        "DELETE FROM stations_ballot WHERE contest_id = (SELECT id FROM stations_contest WHERE code = 'okrug') "
        "AND station_id IN (SELECT id FROM stations_station WHERE code LIKE 'r2-d2-%')",
        r"aggregation_tally \(contest okrug, area r2-d2\): row: expected nothing, found a tally",
    ),
    "a second tally of the same area": (
        "INSERT INTO aggregation_tally (contest_id, area_id, figures, stations_expected, stations_reported, "
        "stations_held, stations_annulled, changed_at) SELECT contest_id, area_id, figures, stations_expected, "
        f"stations_reported, stations_held, stations_annulled, changed_at FROM aggregation_tally WHERE {tally('r1')}",
        r"aggregation_tally \(contest list, area r1\): row: expected one tally, found another",
    ),
    "the tallies of two areas swapped": (
        "UPDATE aggregation_tally tally SET figures = other.figures FROM aggregation_tally other "
        "WHERE tally.contest_id = other.contest_id AND tally.id <> other.id AND tally.area_id IN "
        "(SELECT id FROM stations_area WHERE code IN ('r1', 'r2')) AND other.area_id IN "
        "(SELECT id FROM stations_area WHERE code IN ('r1', 'r2'))",
        r"aggregation_tally \(contest list, area r1\)",
    ),
    # Registry
    "a station moved to another district": (
        "UPDATE stations_station SET area_id = (SELECT id FROM stations_area WHERE code = 'r2-d1') "
        "WHERE code = 'r1-d2-s1'",
        r"stations_station .*r1-d2-s1\): area: expected r1-d2, found r2-d1",
    ),
    "a station that votes no more": (
        "DELETE FROM stations_ballot WHERE station_id = (SELECT id FROM stations_station WHERE code = 'r1-d2-s1')",
        r"stations_ballot .*r1-d2-s1\): row",
    ),
    "a station deleted": (
        "DELETE FROM stations_station WHERE code = 'r1-d2-s1'",
        r"tallies_protocolversion|stations_ballot .*a station of the registry",
    ),
    "two choices swapped on the ballot": (
        "UPDATE stations_choice SET position = CASE code WHEN 'a' THEN 100 ELSE 0 END WHERE code IN ('a')",
        r"tallies_protocolversion .*votes:a: expected 240, found 20",
    ),
    "another election package": (
        "UPDATE stations_election SET package_sha256 = repeat('0', 64)",
        r"stations_election \(election test-2026\): package_sha256",
    ),
    # The log
    "an event's bytes": (
        "UPDATE audit_event SET entry = convert_to(replace(convert_from(entry, 'UTF8'), '\"votes:a\":240', "
        f"'\"votes:a\":241'), 'UTF8') WHERE id = {last_event('r1-d2-s1')}",
        r"audit_logindex .*leaf_hash",
    ),
    "an event's bytes and its leaf hash": (
        "UPDATE audit_event SET entry = convert_to(replace(convert_from(entry, 'UTF8'), '\"votes:a\":240', "
        f"'\"votes:a\":241'), 'UTF8') WHERE id = {last_event('r1-d2-s1')};"
        "UPDATE audit_logindex SET leaf_hash = sha256('\\x00'::bytea || entry) FROM audit_event "
        "WHERE audit_event.id = event_id",
        r"audit_checkpoint \(size [0-9]+\): root",
    ),
    "an event's bytes in another form": (
        f"UPDATE audit_event SET entry = entry || '\\x20' WHERE id = {last_event('r1-d2-s1')}",
        r"audit_event .*entry: expected canonical JSON, found another form of the same value",
    ),
    "an event's column": (
        f"UPDATE audit_event SET station = 'r2-d1-s1' WHERE id = {last_event('r1-d2-s1')}",
        r"audit_event .*station: expected r1-d2-s1, found r2-d1-s1",
    ),
    "an event's kind": (
        f"UPDATE audit_event SET kind = 'test.happened' WHERE id = {last_event('r1-d2-s1')}",
        r"audit_event .*kind: expected protocol.accepted, found test.happened",
    ),
    "an event's moment": (
        f"UPDATE audit_event SET occurred_at = occurred_at + interval '1 us' WHERE id = {last_event('r1-d2-s1')}",
        r"audit_event .*at: expected 2026-03-19T18:00:00.000000Z, found 2026-03-19T18:00:00.000001Z",
    ),
    "an event deleted": (
        f"DELETE FROM audit_event WHERE id = {last_event('r1-d2-s1')}",
        r"audit_event .*r1-d2-s1.* row: expected the event that made it in_force, found nothing",
    ),
    "an event made up": (
        "INSERT INTO audit_event (kind, version, occurred_at, election, contest, area, station, entry) "
        "SELECT kind, version, occurred_at, election, contest, area, station, entry FROM audit_event "
        f"WHERE id = {last_event('r1-d2-s1')}",
        r"audit_unsealedevent .*row: expected a row until the event is sealed, found nothing",
    ),
    "an event that waits although it is sealed": (
        "INSERT INTO audit_unsealedevent SELECT max(event_id) FROM audit_logindex",
        r"audit_unsealedevent .*row: expected nothing, found a row",
    ),
    "a waiting event that does not exist": (
        "INSERT INTO audit_unsealedevent VALUES (999999)",
        r"audit_event \(event 999999\): row: expected the event that waits to be sealed",
    ),
    "an index deleted": (
        "DELETE FROM audit_logindex WHERE index = 7",
        r"audit_logindex .*index: expected 7, found 8",
    ),
    "two indexes swapped": (
        "UPDATE audit_logindex SET index = -1 WHERE index = 7; UPDATE audit_logindex SET index = 7 WHERE index = 8;"
        "UPDATE audit_logindex SET index = 8 WHERE index = -1",
        r"audit_checkpoint \(size [0-9]+\): root",
    ),
    "a leaf hash": (
        "UPDATE audit_logindex SET leaf_hash = sha256('x') WHERE index = 7",
        r"audit_logindex .*index 7\): leaf_hash",
    ),
    "a checkpoint's root": (
        "UPDATE audit_checkpoint SET root = sha256('x') WHERE size = (SELECT max(size) FROM audit_checkpoint)",
        r"audit_checkpoint .*root",
    ),
    "a checkpoint's signature": (
        "UPDATE audit_checkpoint SET note = replace(note, '— hattama.test/log ', '— hattama.test/log AAAA')",
        r"audit_checkpoint .*note: expected signed by hattama.test/log",
    ),
    "a cosignature made up": (
        "INSERT INTO audit_cosignature (checkpoint_id, witness, vkey, time, signature, received_at) "
        "SELECT max(size), 'w.test', 'w.test+00000000+BAAA', 1, '', now() FROM audit_checkpoint",
        r"audit_cosignature .*signature: expected the signature of w.test over the checkpoint",
    ),
    "a checkpoint larger than the log": (
        "UPDATE audit_checkpoint SET size = 1000 WHERE size = (SELECT max(size) FROM audit_checkpoint)",
        r"audit_checkpoint .*size: expected at most [0-9]+, found 1000",
    ),
    "a published checkpoint deleted": (
        "DELETE FROM audit_checkpoint WHERE size = (SELECT max(size) FROM audit_checkpoint)",
        r"audit_checkpoint .*row: expected the published checkpoint, found nothing",
    ),
    # Beside protocols
    "a report of turnout": (
        "UPDATE tallies_turnoutreport SET voters = voters - 1 WHERE hour = '12:00'",
        r"tallies_turnoutreport \(.*station r1-d1-s1.*\): station, hour, number, voters: expected .*420.*, found .*419",
    ),
    "a report of turnout deleted": (
        "DELETE FROM tallies_turnoutreport WHERE hour = '12:00'",
        r"tallies_turnoutreport .*row: expected the report of this event, found nothing",
    ),
    "a sum of turnout": (
        "UPDATE aggregation_turnout SET voters = voters + 1 WHERE hour = '10:00'",
        r"aggregation_turnout \(area .*hour 10:00\): voters: expected 300, found 301",
    ),
    "figures of a complaint's copy": (
        "UPDATE tallies_complaint SET figures[11] = 240 WHERE figures <> '{}'",
        r"tallies_complaint \(.*station r2-d1-s1.*\): .*commitment",
    ),
    "a complaint deleted": (
        "DELETE FROM tallies_complaintphotographpage; DELETE FROM tallies_complaintphotograph; "
        "DELETE FROM tallies_complaint WHERE figures = '{}'",
        r"tallies_complaint .*row: expected the row of complaint.registered, found nothing",
    ),
    "a photograph of a complaint exchanged": (
        "UPDATE tallies_complaintphotograph SET sha256 = repeat('0', 64)",
        r"tallies_complaint \(.*station r1-d2-s1.*\): .*photographs",
    ),
    "the copy of a complaint's photograph exchanged": (
        "UPDATE tallies_complaintphotographpage SET sha256 = repeat('0', 64)",
        r"tallies_complaint \(.*station r1-d2-s1.*\): .*photographs",
    ),
    "a photograph of a complaint deleted": (
        "DELETE FROM tallies_complaintphotographpage; DELETE FROM tallies_complaintphotograph",
        r"tallies_complaint \(.*station r1-d2-s1.*\): .*photographs",
    ),
    "how a complaint ended": (
        "UPDATE tallies_complaintend SET ending = 'upheld'",
        r"tallies_complaintend \(.*station r2-d1-s1.*\): .*ending",
    ),
    "an answer to a complaint deleted": (
        "DELETE FROM tallies_complaintend",
        r"tallies_complaintend .*row: expected the row of complaint.answered, found nothing",
    ),
    "a photograph exchanged": (
        "UPDATE tallies_photograph SET sha256 = repeat('0', 64) "
        "WHERE event_id = (SELECT max(event_id) FROM tallies_photograph)",
        r"tallies_photograph \(.*station r2-d1-s1.*\): .*sha256",
    ),
    "the copy of a photograph exchanged": (
        "UPDATE tallies_photographpage SET sha256 = repeat('0', 64)",
        r"tallies_photograph .*copies: expected .*, found .*0000",
    ),
    "photographs of two stations swapped": (
        "UPDATE tallies_photograph one SET station_id = other.station_id FROM tallies_photograph other "
        "WHERE one.event_id <> other.event_id",
        r"tallies_photograph .*: kind, contest, station",
    ),
    "a photograph deleted": (
        "DELETE FROM tallies_photograph WHERE event_id = (SELECT max(event_id) FROM tallies_photograph)",
        r"tallies_photograph .*row: expected the row of photograph.attached, found nothing",
    ),
    "a photograph that was withdrawn shown again": (
        "DELETE FROM tallies_withdrawnphotograph",
        r"tallies_withdrawnphotograph .*row: expected the row of photograph.withdrawn, found nothing",
    ),
    "what a query is about": (
        "UPDATE tallies_query SET figures = '{}'",
        r"tallies_query .*: kind, contest, station, pattern, version",
    ),
    "a query deleted": (
        "DELETE FROM tallies_query",
        r"tallies_query .*row: expected the row of query.opened, found nothing",
    ),
    "how a query was answered": (
        "UPDATE tallies_queryclosing SET answer = 'explained' WHERE answer = 'compared'",
        r"tallies_queryclosing .*answer",
    ),
    "a query open again": (
        "DELETE FROM tallies_queryclosing WHERE answer = 'compared'",
        r"tallies_queryclosing .*row: expected the row of query.closed, found nothing",
    ),
    # Published results
    "one vote more in a bulletin": (
        f"UPDATE results_snapshottally SET figures[11] = figures[11] + 1 WHERE {tally('r1')}",
        r"results_snapshottally \(contest list, area r1, kind bulletin, number 1\): votes:a",
    ),
    "a sum of a bulletin deleted": (
        f"DELETE FROM results_snapshottally WHERE {tally('r1')}",
        r"results_snapshottally .*area r1.*row: expected a tally, found nothing",
    ),
    "a second sum of the same area in a bulletin": (
        "INSERT INTO results_snapshottally (snapshot_id, contest_id, area_id, figures, stations_expected, "
        "stations_reported, stations_held, stations_annulled) SELECT snapshot_id, contest_id, area_id, figures, "
        "stations_expected, stations_reported, stations_held, stations_annulled FROM results_snapshottally "
        f"WHERE {tally('r1')}",
        r"results_snapshot \(kind bulletin, number 1\): rows: expected \(14, 5\), found \(15, 5\)",
    ),
    "a seat moved": (
        "UPDATE results_snapshotseats SET seats = seats + CASE code WHEN 'a' THEN 1 ELSE -1 END "
        "FROM stations_choice WHERE stations_choice.id = choice_id AND code IN ('a', 'b')",
        r"results_snapshotseats \(choice a, contest list.*seats: expected [0-9]+, found [0-9]+",
    ),
    "seats of a choice deleted": (
        "DELETE FROM results_snapshotseats USING stations_choice WHERE stations_choice.id = choice_id AND code = 'c'",
        r"results_snapshotseats \(choice c, contest list.*found nothing",
    ),
    "the steps of an allocation": (
        "UPDATE results_snapshotallocation SET steps = jsonb_set(steps, '{seats,a}', '9')",
        r"results_snapshotallocation .*seats",
    ),
    "a bulletin's hash": (
        "UPDATE results_snapshot SET content_sha256 = repeat('0', 64)",
        r"results_snapshot \(kind bulletin, number 1\): content_sha256",
    ),
    "a bulletin as of another checkpoint": (
        "UPDATE results_snapshot SET checkpoint_size = (SELECT max(size) FROM audit_checkpoint)",
        r"results_snapshottally .*kind bulletin",
    ),
    "a bulletin deleted": (
        "DELETE FROM results_snapshot; DELETE FROM results_snapshottally; DELETE FROM results_snapshotseats;"
        "DELETE FROM results_snapshotallocation",
        r"results_snapshot .*row: expected what bulletin.published tells, found nothing",
    ),
    "an approval nobody gave": (
        "INSERT INTO results_approval SELECT id, created_at, made_by_id FROM results_snapshot",
        r"audit_event .*row: expected an event final.approved, found nothing",
    ),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_tampering_is_found_and_its_place_named(what: str, night: Night) -> None:
    statements, expected = TAMPERING[what]
    assert night.tamper(*statements.split(";")) > 0
    verdict = night.verify()
    assert not verdict.ok
    found = [sentence(difference) for difference in verdict.differences]
    assert any(re.match(expected, line) for line in found), "\n".join(found)
