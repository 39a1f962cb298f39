"""Moments of the log: figures on observers' pages are as of a signed checkpoint, so that anybody can compute them."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest

from audit.models import Checkpoint
from observers.forms import MomentForm
from observers.recent import recently
from observers.scope import first_contest, observed
from results.public.ground import READER
from results.public.showing import Basis, Status
from stations.models import Contest, Election
from tallies.selectors import Narrowed, Scope, contests_in


@dataclass(frozen=True)
class Chosen:
    """What a page is about: a contest of which the person may see something, as of a checkpoint (None: before one)."""

    election: Election
    scope: Scope
    contest: Contest
    checkpoint: Checkpoint | None
    form: MomentForm

    @property
    def size(self) -> int:
        return self.checkpoint.size if self.checkpoint else 0

    @property
    def basis(self) -> Basis:
        return Basis(Status.AS_OF, self.size, self.checkpoint.signed_at if self.checkpoint else None)

    @property
    def title(self) -> dict[str, Any]:
        """What every file of this page says of itself."""
        return title_of(self.election, self.checkpoint, contest=self.contest.code)


def title_of(election: Election, checkpoint: Checkpoint | None, **more: Any) -> dict[str, Any]:
    """Return what every file says of itself: election, checkpoint, whether the figures are made up, and `more`.

    `more` may hold `contest`, `place` and, where a table tells what stands now, the moment as `live_at`.
    """
    return {
        "election": election.code,
        "synthetic": election.synthetic,
        "training": settings.TRAINING,
        **more,
        "as_of": checkpoint_data(checkpoint) if checkpoint else None,
    }


def checkpoint_data(checkpoint: Checkpoint) -> dict[str, Any]:
    """Return a checkpoint as files name it."""
    return {
        "size": checkpoint.size,
        "root": base64.b64encode(bytes(checkpoint.root)).decode(),
        "signed_at": checkpoint.signed_at.isoformat(),
        "checkpoint": checkpoint.note,
    }


def checkpoint_of(size: int | None = None, time: datetime | None = None) -> Checkpoint | None:
    """Return the last checkpoint of at most this many entries, signed by then; None where there was none yet."""
    found = Checkpoint.objects.using(READER).order_by("-size")
    if size is not None:
        found = found.filter(size__lte=size)
    if time is not None:
        found = found.filter(signed_at__lte=time)
    return found.first()


def chosen(request: HttpRequest) -> Chosen:
    """Return what the address asks for; without a contest the first one that the person may see. Raises Http404."""
    election, scope = observed(request)
    form = MomentForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    contest = contest_asked(scope, asked.get("contest", ""))
    return Chosen(election, scope, contest, checkpoint_of(asked.get("size"), asked.get("time")), form)


def contest_asked(scope: Scope, code: str) -> Contest:
    """Return the contest with this code, or the first one, of those the scope has protocols of. Raises Http404."""
    if code:
        within = contests_in(scope, Narrowed(), using=READER).select_related("election")
        found = recently(("contest", scope, code), lambda: within.filter(code=code).first())
    else:
        found = first_contest(scope)
    if found is None:
        raise Http404
    return found
