"""The registry: what is elected, where, by whom, and what a protocol must hold."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import BaseConstraint, CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import get_language


def _unique(*fields: str, name: str) -> UniqueConstraint:
    return UniqueConstraint(fields=fields, name=name)


def _coded(name: str) -> CheckConstraint:
    """Codes stand in addresses, file names and rules: letters, digits, dot, underscore and hyphen only."""
    return CheckConstraint(condition=Q(code__regex=r"^[A-Za-z0-9][A-Za-z0-9._-]*$"), name=name)


class Named(models.Model):
    """A thing with a name in three languages."""

    name_en = models.CharField(max_length=300)
    name_kk = models.CharField(max_length=300)
    name_ru = models.CharField(max_length=300)

    class Meta:
        abstract = True
        constraints: ClassVar[list[BaseConstraint]] = [
            CheckConstraint(condition=~Q(name_en="") & ~Q(name_kk="") & ~Q(name_ru=""), name="%(class)s_is_named"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the language of the page."""
        return str(getattr(self, f"name_{get_language() or 'en'}", self.name_en))


class Election(Named):
    code = models.CharField(max_length=64, unique=True)
    date = models.DateField()
    time_zone = models.CharField(max_length=64)
    opens_at = models.DateTimeField()
    figures_public_from = models.DateTimeField()
    live_public = models.BooleanField(default=False)
    photographs_public = models.BooleanField(default=False)
    witnesses_required = models.PositiveSmallIntegerField(default=0)
    turnout_hours = models.JSONField(default=list)
    synthetic = models.BooleanField(default=False)
    package_sha256 = models.CharField(max_length=64)
    revision = models.PositiveIntegerField(default=1)
    loaded_at = models.DateTimeField()

    class Meta(Named.Meta):
        constraints: ClassVar[list[BaseConstraint]] = [
            *Named.Meta.constraints,
            _coded("election_code_is_plain"),
            CheckConstraint(condition=Q(package_sha256__regex=r"^[0-9a-f]{64}$"), name="election_package_is_hashed"),
            CheckConstraint(condition=Q(revision__gte=1), name="election_revision_from_one"),
        ]


class AreaLevel(models.TextChoices):
    NATION = "nation"
    REGION = "region"
    DISTRICT = "district"


class Area(Named):
    election = models.ForeignKey(Election, on_delete=models.PROTECT, related_name="areas")
    code = models.CharField(max_length=64)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    level = models.CharField(max_length=16, choices=AreaLevel.choices)
    kind = models.CharField(max_length=32)
    position = models.PositiveIntegerField()
    tile_x = models.SmallIntegerField(null=True)
    tile_y = models.SmallIntegerField(null=True)

    class Meta(Named.Meta):
        constraints: ClassVar[list[BaseConstraint]] = [
            *Named.Meta.constraints,
            _coded("area_code_is_plain"),
            _unique("election", "code", name="area_codes_are_unique"),
            _unique("election", "position", name="area_positions_are_unique"),
            CheckConstraint(condition=Q(level__in=AreaLevel.values), name="area_level_is_known"),
            CheckConstraint(
                condition=Q(level=AreaLevel.NATION, parent=None)
                | (~Q(level=AreaLevel.NATION) & Q(parent__isnull=False)),
                name="only_the_nation_has_no_parent",
            ),
            CheckConstraint(condition=~Q(parent=F("id")), name="area_is_not_its_own_parent"),
            UniqueConstraint(fields=["election"], condition=Q(level=AreaLevel.NATION), name="one_nation_per_election"),
        ]


class Station(Named):
    election = models.ForeignKey(Election, on_delete=models.PROTECT, related_name="stations")
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="stations")
    code = models.CharField(max_length=64)
    registered_voters = models.PositiveIntegerField()
    address_en = models.CharField(max_length=300, blank=True)
    address_kk = models.CharField(max_length=300, blank=True)
    address_ru = models.CharField(max_length=300, blank=True)
    phone = models.CharField(max_length=64, blank=True)
    time_zone = models.CharField(max_length=64)
    opens = models.TimeField(null=True)
    closes = models.TimeField(null=True)
    abroad = models.BooleanField(default=False)

    class Meta(Named.Meta):
        constraints: ClassVar[list[BaseConstraint]] = [
            *Named.Meta.constraints,
            _coded("station_code_is_plain"),
            _unique("election", "code", name="station_codes_are_unique"),
        ]


class Form(models.Model):
    election = models.ForeignKey(Election, on_delete=models.PROTECT, related_name="forms")
    code = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar[list[BaseConstraint]] = [
            _coded("form_code_is_plain"),
            _unique("election", "code", name="form_codes_are_unique"),
        ]

    def __str__(self) -> str:
        return self.code


class FormLine(Named):
    """A line of the protocol other than votes, such as "ballots received"."""

    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="lines")
    code = models.CharField(max_length=64)
    position = models.PositiveSmallIntegerField()
    may_be_absent = models.BooleanField(default=False)

    class Meta(Named.Meta):
        constraints: ClassVar[list[BaseConstraint]] = [
            *Named.Meta.constraints,
            _unique("form", "code", name="line_codes_are_unique"),
            _unique("form", "position", name="line_positions_are_unique"),
            CheckConstraint(
                condition=Q(code__regex=r"^[a-z][a-z0-9_]*$") & ~Q(code__in=["votes_total", "any_choice"]),
                name="line_code_can_stand_in_a_rule",
            ),
        ]


class FormCheck(models.Model):
    """A rule that a protocol's figures are held against; `rule` is parsed by stations.domain.rules."""

    class Severity(models.TextChoices):
        ERROR = "error"
        WARNING = "warning"

    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="checks")
    code = models.CharField(max_length=16)
    severity = models.CharField(max_length=16, choices=Severity.choices)
    rule = models.CharField(max_length=500)
    tolerance = models.PositiveIntegerField(default=0)
    message_en = models.CharField(max_length=500)
    message_kk = models.CharField(max_length=500)
    message_ru = models.CharField(max_length=500)
    law = models.CharField(max_length=300, blank=True)
    position = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar[list[BaseConstraint]] = [
            _coded("check_code_is_plain"),
            _unique("form", "code", name="check_codes_are_unique"),
            _unique("form", "position", name="check_positions_are_unique"),
            CheckConstraint(condition=Q(severity__in=["error", "warning"]), name="check_severity_is_known"),
        ]

    def __str__(self) -> str:
        return self.code


class Contest(Named):
    class Kind(models.TextChoices):
        PARTY_LIST = "party_list"
        PLURALITY = "plurality"

    class EntryMode(models.TextChoices):
        DOUBLE = "double"
        SINGLE = "single"

    election = models.ForeignKey(Election, on_delete=models.PROTECT, related_name="contests")
    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="contests")
    code = models.CharField(max_length=64)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    entry = models.CharField(max_length=16, choices=EntryMode.choices, default=EntryMode.DOUBLE)
    seats = models.PositiveIntegerField()
    threshold_percent = models.DecimalField(max_digits=6, decimal_places=3)
    method = models.CharField(max_length=32, blank=True)
    minimum_runner_up = models.PositiveIntegerField(null=True)
    colour = models.CharField(max_length=32, blank=True)
    position = models.PositiveIntegerField()

    class Meta(Named.Meta):
        constraints: ClassVar[list[BaseConstraint]] = [
            *Named.Meta.constraints,
            _coded("contest_code_is_plain"),
            _unique("election", "code", name="contest_codes_are_unique"),
            _unique("election", "position", name="contest_positions_are_unique"),
            CheckConstraint(condition=Q(kind__in=["party_list", "plurality"]), name="contest_kind_is_known"),
            CheckConstraint(condition=Q(entry__in=["double", "single"]), name="contest_entry_is_known"),
            CheckConstraint(condition=Q(threshold_percent__range=(0, 100)), name="threshold_is_a_percentage"),
        ]


class Choice(Named):
    class Kind(models.TextChoices):
        LIST = "list"
        CANDIDATE = "candidate"
        AGAINST_ALL = "against_all"

    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="choices")
    code = models.CharField(max_length=64)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    registration_order = models.PositiveIntegerField(null=True)
    party = models.CharField(max_length=300, blank=True)
    colour = models.CharField(max_length=32, blank=True)
    position = models.PositiveSmallIntegerField()
    withdrawn = models.BooleanField(default=False)

    class Meta(Named.Meta):
        constraints: ClassVar[list[BaseConstraint]] = [
            *Named.Meta.constraints,
            _coded("choice_code_is_plain"),
            _unique("contest", "code", name="choice_codes_are_unique"),
            _unique("contest", "position", name="choice_positions_are_unique"),
            CheckConstraint(condition=Q(kind__in=["list", "candidate", "against_all"]), name="choice_kind_is_known"),
        ]


class Candidate(Named):
    """A person on a party's list, in the list's order."""

    choice = models.ForeignKey(Choice, on_delete=models.PROTECT, related_name="candidates")
    position = models.PositiveIntegerField()

    class Meta(Named.Meta):
        constraints: ClassVar[list[BaseConstraint]] = [
            *Named.Meta.constraints,
            _unique("choice", "position", name="list_places_are_unique"),
        ]


class Ballot(models.Model):
    """That the voters of a station vote in a contest: the station owes a protocol of it."""

    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="ballots", db_index=False)
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="ballots")

    class Meta:
        constraints: ClassVar[list[BaseConstraint]] = [
            _unique("contest", "station", name="one_ballot_per_contest_and_station"),
        ]

    def __str__(self) -> str:
        return f"{self.station_id} in {self.contest_id}"
