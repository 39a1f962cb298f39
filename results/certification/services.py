"""Establishing results: one member proposes, others may dissent, a second member signs."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import actor
from audit.selectors import latest_checkpoint
from audit.services import record_event
from results.certification.content import Content, content_now
from results.certification.domain.conditions import Unmet
from results.certification.domain.levels import Cell
from results.certification.plan import Plan, plan_of
from results.certification.selectors import conditions, last_certificates, stands, waits
from results.certification.sentences import unmet_sentence
from results.models import Certificate, CertificateSignature, Opinion
from stations.models import Area, Contest, Election
from stations.selectors import layouts_of
from tallies.refusals import Refusal
from tallies.services.certified import certify, hold_still
from tallies.services.locking import given_reason
from tallies.services.recording import Text, record_texts


class NotEstablished(Refusal):
    """Something stands in the way. `fields` names each unmet condition with a sentence."""

    code = "not_established"

    def __init__(self, unmet: dict[Unmet, int]) -> None:
        super().__init__(
            _("This result cannot be established yet."),
            fields={condition.value: unmet_sentence(condition, number) for condition, number in unmet.items()},
        )


class AlreadyCertified(Refusal):
    """The certificate that is there stands."""

    code = "already_certified"

    def __init__(self) -> None:
        super().__init__(_("This result is established already."))


class ProposalWaits(Refusal):
    """The same is proposed already and waits for a second member."""

    code = "proposal_waits"

    def __init__(self) -> None:
        super().__init__(_("This result is proposed already. A second member of the commission must sign it."))


class NothingToSign(Refusal):
    """The certificate does not wait for a signature: it has one, or a later one took its place."""

    code = "nothing_to_sign"

    def __init__(self) -> None:
        super().__init__(_("This certificate does not wait for a signature any more. Look at it again."))


class SecondMemberNeeded(Refusal):
    """Who proposed a certificate does not sign it as well."""

    code = "second_member_needed"

    def __init__(self) -> None:
        super().__init__(_("You proposed this certificate, so another member of the commission must sign it."))


class FiguresChanged(Refusal):
    """What was proposed is not what stands now."""

    code = "figures_changed"

    def __init__(self) -> None:
        super().__init__(_("Something has changed since this certificate was proposed. Propose it again."))


def propose_certificate(*, election: Election, cell: Cell, by: User, role: str, now: datetime) -> Certificate:
    """Propose what a commission establishes, as everything stands.

    Raises NotEstablished, AlreadyCertified or ProposalWaits.
    """
    plan = plan_of(election)
    with transaction.atomic():
        hold_still(cell.contest)
        last = last_certificates([(cell.contest, cell.area)]).get((cell.contest, cell.area))
        if last is not None and stands(last):
            raise AlreadyCertified
        content = _established(cell, plan)
        if last is not None and waits(last) and last.content_sha256 == content.sha256:
            raise ProposalWaits
        return _insert(election, cell, content, number=last.number + 1 if last else 1, by=by, role=role, now=now)


def give_opinion(*, certificate: Certificate, opinion: str, by: User, role: str, now: datetime) -> Opinion:
    """Add a member's dissenting opinion to a certificate that waits. Raises ReasonMissing or NothingToSign."""
    text = Text("opinion", given_reason(opinion))
    about = Contest.objects.select_related("election").get(pk=certificate.contest_id)
    with transaction.atomic():
        hold_still(certificate.contest_id)
        _must_wait(certificate)
        number = certificate.opinions.count() + 1
        event_id = record_event(
            kind="certificate.opinion",
            at=now,
            actor=actor(by, role),
            election=about.election.code,
            contest=about.code,
            area=_area_code(certificate),
            body={"number": certificate.number, "opinion": number, "texts": {text.subject: text.commitment}},
        )
        record_texts(event_id, None, [text])
        return Opinion.objects.create(
            certificate=certificate, number=number, by=by, role=role, event_id=event_id, at=now
        )


def sign_certificate(*, certificate: Certificate, by: User, role: str, now: datetime) -> CertificateSignature:
    """Sign a proposed certificate, which then stands until something beneath it changes.

    Raises SecondMemberNeeded, NothingToSign, NotEstablished, or FiguresChanged where what was proposed is not what
    stands.
    """
    if certificate.proposed_by_id == by.pk:
        raise SecondMemberNeeded
    about = Contest.objects.select_related("election").get(pk=certificate.contest_id)
    plan = plan_of(about.election)
    cell = plan.cells[certificate.contest_id, certificate.area_id]
    with transaction.atomic():
        hold_still(certificate.contest_id)
        _must_wait(certificate)
        if _established(cell, plan).sha256 != certificate.content_sha256:
            raise FiguresChanged
        event_id = record_event(
            kind="certificate.signed",
            at=now,
            actor=actor(by, role),
            election=about.election.code,
            contest=about.code,
            area=_area_code(certificate),
            body={"number": certificate.number, "content_sha256": certificate.content_sha256},
        )
        certified = certify(
            contest_id=certificate.contest_id,
            area_id=certificate.area_id,
            number=certificate.number,
            event_id=event_id,
            now=now,
        )
        return CertificateSignature.objects.create(
            certificate=certificate, certified=certified, signed_by=by, role=role, signed_at=now
        )


def _established(cell: Cell, plan: Plan) -> Content:
    unmet = conditions(cell, plan)
    if unmet:
        raise NotEstablished(unmet)
    return content_now(cell, plan)


def _must_wait(certificate: Certificate) -> None:
    place = (certificate.contest_id, certificate.area_id)
    last = last_certificates([place])[place]
    if last.pk != certificate.pk or not waits(last):
        raise NothingToSign


def _insert(
    election: Election, cell: Cell, content: Content, *, number: int, by: User, role: str, now: datetime
) -> Certificate:
    checkpoint = latest_checkpoint()
    if checkpoint is None:
        raise NotEstablished({Unmet.UNSEALED: 1})
    contest, area = Contest.objects.get(pk=cell.contest), Area.objects.get(pk=cell.area)
    expected, reported, annulled = content.stations
    event_id = record_event(
        kind="certificate.proposed",
        at=now,
        actor=actor(by, role),
        election=election.code,
        contest=contest.code,
        area=area.code,
        body={
            "number": number,
            "level": cell.level.value,
            "checkpoint": {"size": checkpoint.size, "root": bytes(checkpoint.root).hex()},
            "figures": layouts_of([contest.pk])[contest.pk].mapping(content.figures),
            "stations": {"expected": expected, "reported": reported, "annulled": annulled},
            "explained": content.explained,
            "content_sha256": content.sha256,
        },
    )
    return Certificate.objects.create(
        contest=contest,
        area=area,
        number=number,
        level=cell.level.value,
        checkpoint=checkpoint,
        figures=content.figures,
        stations_expected=expected,
        stations_reported=reported,
        stations_annulled=annulled,
        versions=content.versions,
        annulled=content.annulled,
        rests_on=content.rests_on,
        explained=content.explained,
        content_sha256=content.sha256,
        proposed_by=by,
        role=role,
        event_id=event_id,
        proposed_at=now,
    )


def _area_code(certificate: Certificate) -> str:
    return Area.objects.values_list("code", flat=True).get(pk=certificate.area_id)
