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
    if NO_KEY in verdict.unchecked:
        yield _("Not checked: signatures. No public key of the log is known here; give it with --vkey.")
    if NO_FOLDER in verdict.unchecked:
        yield _("Not checked: published files. There is no log folder here; name it with --log-dir.")


def counts_of(verdict: Verdict, *names: str) -> dict[str, int]:
    return {name: verdict.counts[name] for name in names}
