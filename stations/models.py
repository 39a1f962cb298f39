"""The registry: what is elected, where, by whom, and what a protocol must hold."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language


class Named(models.Model):
    """A thing with a name in three languages."""

    name_en = models.CharField(max_length=300)
    name_kk = models.CharField(max_length=300)
    name_ru = models.CharField(max_length=300)

    class Meta:
        abstract = True

    @property
    def name(self) -> str:
        """The name in the language of the page."""
        return str(getattr(self, f"name_{get_language() or 'en'}", self.name_en))

    def __str__(self) -> str:
        return self.name


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


class Form(models.Model):
    election = models.ForeignKey(Election, on_delete=models.PROTECT, related_name="forms")
    code = models.CharField(max_length=64)


class FormLine(Named):
    """A line of the protocol other than votes, such as "ballots received"."""

    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="lines")
    code = models.CharField(max_length=64)
    position = models.PositiveSmallIntegerField()
    may_be_absent = models.BooleanField(default=False)


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


class Candidate(Named):
    """A person on a party's list, in the list's order."""

    choice = models.ForeignKey(Choice, on_delete=models.PROTECT, related_name="candidates")
    position = models.PositiveIntegerField()


class Ballot(models.Model):
    """That the voters of a station vote in a contest: the station owes a protocol of it."""

    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="ballots")
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="ballots")
