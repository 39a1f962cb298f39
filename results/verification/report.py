"""A verdict in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from results.verification.verdict import Difference, Verdict
from results.verification.verify import NO_FOLDER, NO_KEY


def sentence(difference: Difference) -> str:
    """Say which table, which row and which figure, what is expected and what was found."""
    return _("%(table)s (%(place)s): %(figure)s: expected %(expected)s, found %(found)s") % {
        "table": difference.table,
        "place": ", ".join(f"{name} {value}" for name, value in difference.place) or "-",
        "figure": difference.figure,
        "expected": difference.expected,
        "found": difference.found,
    }


def summary(verdict: Verdict) -> Iterator[str]:
    """Say how much was verified, and what could not be."""
    counts = verdict.counts
    yield _(
        "%(protocols)d protocols with %(versions)d versions: each agrees with its history and its events."
    ) % counts_of(verdict, "protocols", "versions")
    yield _("%(tallies)d tallies equal the plain sums of the protocols in force.") % counts_of(verdict, "tallies")
    if counts["turnout_reports"]:
        yield _(
            "%(turnout_reports)d turnout reports agree with their events, %(turnout_sums)d sums with the reports."
        ) % (counts_of(verdict, "turnout_reports", "turnout_sums"))
    if counts["complaints"]:
        yield ngettext(
            "%(complaints)d complaint agrees with what the log says of it.",
            "%(complaints)d complaints agree with what the log says of them.",
            counts["complaints"],
        ) % counts_of(verdict, "complaints")
    if counts["moving"]:
        yield ngettext(
            "%(moving)d tally was still moving and was left out.",
            "%(moving)d tallies were still moving and were left out.",
            counts["moving"],
        ) % counts_of(verdict, "moving")
    yield _("%(events)d events and %(checkpoints)d checkpoints: bytes, order, hashes and roots are right.") % counts_of(
        verdict, "events", "checkpoints"
    )
    yield _("%(files)d published files and %(texts)d texts have the hashes that the log says.") % counts_of(
        verdict, "files", "texts"
    )
    yield _(
        "%(snapshots)d published results with %(snapshot_tallies)d sums and %(seats)d seats follow from the protocols "
        "as of their checkpoints."
    ) % counts_of(verdict, "snapshots", "snapshot_tallies", "seats")
    if counts["mandate_acts"]:
        yield ngettext(
            "%(mandate_acts)d act about mandates follows from the final result and those before it.",
            "%(mandate_acts)d acts about mandates follow from the final result and those before them.",
            counts["mandate_acts"],
        ) % counts_of(verdict, "mandate_acts")
    if counts["certificates"]:
        yield ngettext(
            "%(certificates)d certificate says what it rests on, and stands where nothing has changed since.",
            "%(certificates)d certificates say what they rest on, and stand where nothing has changed since.",
            counts["certificates"],
        ) % counts_of(verdict, "certificates")
    if NO_KEY in verdict.unchecked:
        yield _("Not checked: signatures. No public key of the log is known here; give it with --vkey.")
    if NO_FOLDER in verdict.unchecked:
        yield _("Not checked: published files. There is no log folder here; name it with --log-dir.")


def counts_of(verdict: Verdict, *names: str) -> dict[str, int]:
    return {name: verdict.counts[name] for name in names}
