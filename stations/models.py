"""The registry: what is elected, where, by whom, and what a protocol must hold."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
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
    protocols_before_close = models.BooleanField(default=False)
    witnesses_required = models.PositiveSmallIntegerField(default=0)
    turnout_hours = models.JSONField(default=list)
    # Within so many hours a commission answers a complaint; 0 where the package names no time.
    complaint_hours = models.PositiveSmallIntegerField(default=0)
    # Within so many days of the election day every level below the nation is established; 0 where there is no term.
    days_to_certify = models.PositiveSmallIntegerField(default=0)
    # Within so many days of the election day the final result stands; 0 where there is no term.
    days_to_final = models.PositiveSmallIntegerField(default=0)
    patterns = models.JSONField(default=dict)
    # Shares of a list, and of its mandates, that groups of people must have (stations.domain.quotas).
    quotas = models.JSONField(default=list)
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


class AreaOutline(models.Model):
    """How an area is drawn beside its siblings: an SVG path, its box (left, top, right, bottom), a point inside."""

    area = models.OneToOneField(Area, on_delete=models.PROTECT, primary_key=True, related_name="outline")
    path = models.TextField()
    box = ArrayField(models.IntegerField(), size=4)
    label = ArrayField(models.IntegerField(), size=2)

    def __str__(self) -> str:
        return str(self.area_id)


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

    @property
    def address(self) -> str:
        """The address in the language of the page; empty where the package gives none."""
        return str(getattr(self, f"address_{get_language() or 'en'}", self.address_en))


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
    law_en = models.CharField(max_length=300, blank=True)
    law_kk = models.CharField(max_length=300, blank=True)
    law_ru = models.CharField(max_length=300, blank=True)
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


class CheckSet(models.Model):
    """A numbered set of a form's checks as the central commission proposed it. Never changed.

    Set 1 is the package's own (`FormCheck`) and has no row here. `checks` is what stations.domain.check_sets reads;
    `in_force_from` is the moment that was asked for, null for at once. People are named by their pseudonyms.
    """

    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="check_sets")
    number = models.PositiveSmallIntegerField()
    based_on = models.PositiveSmallIntegerField()
    checks = models.JSONField()
    sha256 = models.CharField(max_length=64)
    proposed_by = models.CharField(max_length=64)
    proposed_at = models.DateTimeField()
    in_force_from = models.DateTimeField(null=True)
    event_id = models.BigIntegerField()

    class Meta:
        constraints: ClassVar[list[BaseConstraint]] = [
            _unique("form", "number", name="check_set_numbers_are_unique"),
            CheckConstraint(condition=Q(number__gt=F("based_on"), based_on__gte=1), name="check_set_has_a_base"),
        ]

    def __str__(self) -> str:
        return f"{self.form_id}/{self.number}"


class CheckSetDecision(models.Model):
    """That a proposed set was adopted, by a second person and from a moment on, or withdrawn. Never changed."""

    class Outcome(models.TextChoices):
        ADOPTED = "adopted"
        WITHDRAWN = "withdrawn"

    check_set = models.ForeignKey(CheckSet, on_delete=models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    in_force_from = models.DateTimeField(null=True)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    event_id = models.BigIntegerField()

    class Meta:
        constraints: ClassVar[list[BaseConstraint]] = [
            _unique("check_set", "outcome", name="one_decision_of_a_kind_per_check_set"),
            CheckConstraint(
                condition=Q(outcome="adopted", in_force_from__isnull=False)
                | Q(outcome="withdrawn", in_force_from__isnull=True),
                name="an_adopted_check_set_has_its_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.check_set_id} {self.outcome}"


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
    # What the law has follow where candidates have equal votes, and where "against all" has more than any of them.
    on_tie = models.CharField(max_length=16, default="lots", db_default="lots")
    on_against_all = models.CharField(max_length=16, default="elected", db_default="elected")
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
            CheckConstraint(condition=Q(on_tie__in=["lots", "repeat_voting"]), name="what_follows_a_tie_is_known"),
            CheckConstraint(
                condition=Q(on_against_all__in=["elected", "repeat_election"]), name="what_follows_against_all_is_known"
            ),
        ]


class Choice(Named):
    class Kind(models.TextChoices):
        LIST = "list"
        CANDIDATE = "candidate"
        AGAINST_ALL = "against_all"

    # No column: the list of a candidate's party, whose name it has in every language, set by who reads both.
    party_list: Choice | None = None

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
    """A person on a party's list, in the list's order. `groups` are the words by which quotas know groups."""

    choice = models.ForeignKey(Choice, on_delete=models.PROTECT, related_name="candidates")
    position = models.PositiveIntegerField()
    groups = models.CharField(max_length=200, blank=True, db_default="")

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
