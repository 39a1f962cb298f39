"""What exports that people read say, in the language that is active."""

from __future__ import annotations

from django.utils.translation import gettext as _

from results.exports.model import ExportedChoice, Snapshot, SnapshotKind, StationState
from stations.templatetags.written import moment, number


def kind_of(snapshot: Snapshot) -> str:
    """Preliminary or final, as every page of it says."""
    return _("Final result") if snapshot.kind is SnapshotKind.FINAL else _("Preliminary result")


def label_of(snapshot: Snapshot) -> str:
    """What the snapshot is called: "Bulletin 3", "Final result"; of practice, "Training: bulletin 3"."""
    return _("Training: %(label)s") % {"label": _label_of(snapshot)} if snapshot.training else _label_of(snapshot)


def _label_of(snapshot: Snapshot) -> str:
    if snapshot.kind is SnapshotKind.BULLETIN:
        return _("Bulletin %(number)s") % {"number": number(snapshot.number)}
    return _("Final result") if snapshot.kind is SnapshotKind.FINAL else _("Live, published by nobody")


def as_of(snapshot: Snapshot) -> str:
    """The moment and the log size that the figures are of, in the time zone that is active."""
    if snapshot.as_of is None:
        return moment(snapshot.made_at)
    said = {"at": moment(snapshot.as_of.time), "size": number(snapshot.as_of.size)}
    return _("As of %(at)s, log checkpoint %(size)s") % said


def training() -> str:
    return _("This is practice. Nothing entered here counts, and no figure here is anybody's result.")


def synthetic() -> str:
    return _("Synthetic data: the stations' figures are made up, for demonstration and tests.")


def state_words() -> dict[StationState, str]:
    return {
        StationState.REPORTED: _("in force"),
        StationState.HELD: _("held"),
        StationState.ANNULLED: _("annulled"),
        StationState.MISSING: _("awaited"),
    }


def level_words() -> dict[str, str]:
    return {
        "nation": _("nation"),
        "region": _("region"),
        "district": _("district"),
        "constituency": _("constituency"),
        "station": _("station"),
    }


def choice_words(choice: ExportedChoice, language: str) -> str:
    """A choice with its party, as a row of a table names it."""
    name = choice.names.in_language(language)
    return f"{name} ({choice.party})" if choice.party and choice.kind == "candidate" else name
