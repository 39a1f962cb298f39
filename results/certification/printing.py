"""The level's protocol as a commission signs it, on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from results.certification.domain.levels import Level
from results.certification.telling import Told
from results.printing.typesetting import qr_svg, typeset
from results.templatetags.certification_words import commission_words
from results.templatetags.result_words import role_words
from stations.templatetags.written import day, moment, number

FORM = Path(__file__).parent / "protocol.typ"


def protocol_pdf(told: Told) -> bytes:
    """Return a signed certificate as PDF in the active language; the same certificate, the same bytes."""
    with timezone.override(ZoneInfo(told.contest.election.time_zone)):
        return typeset(FORM, printed(told), at=told.certificate.signature.signed_at)


def printed(told: Told) -> dict[str, Any]:
    """Return all words and figures of the protocol, ready to be set."""
    certificate, election = told.certificate, told.contest.election
    address = public_address(told)
    return {
        "language": get_language() or "en",
        "title": _("Protocol on the result of the voting"),
        "election": election.name,
        "day": day(election.date),
        "contest": told.contest.name,
        "commission": commission_words(certificate.level, told.area),
        "number": _("Certificate %(number)s") % {"number": certificate.number},
        "training": _("This is practice. Nothing entered here counts, and no figure here is anybody's result.")
        if settings.TRAINING
        else "",
        "synthetic": _("Synthetic data: figures made up for demonstration and tests. Not a result of an election.")
        if election.synthetic
        else "",
        "stations": {
            "title": _("Stations"),
            "rows": [
                [_("Stations that vote"), number(certificate.stations_expected)],
                [_("Protocols in force"), number(certificate.stations_reported)],
                [_("Results annulled"), number(certificate.stations_annulled)],
            ],
        },
        "figures": {
            "title": _("Figures of the protocols"),
            "head": [_("Line"), _("What is established"), _("Figure")],
            "rows": [[str(row.number), row.name, number(row.figure)] for row in told.lines],
        },
        "votes": {
            "title": _("Votes"),
            "rows": [[str(row.number), row.name, number(row.figure)] for row in told.votes],
        },
        "beneath": {
            "title": _("Rests on the certificates of"),
            "head": [_("Commission"), _("Certificate"), _("In force"), _("Annulled")],
            "rows": [
                [
                    each.area.name,
                    str(each.certificate.number),
                    number(each.certificate.stations_reported),
                    number(each.certificate.stations_annulled),
                ]
                for each in told.beneath
            ],
        },
        "explained": {
            "title": _("Explained warnings"),
            "none": _("No protocol carries an explained warning.") if not certificate.explained else "",
            "below": _explained_below(told),
            "rows": [
                {
                    "station": f"{warning.station_name} ({warning.station})",
                    "code": warning.code,
                    "message": warning.message,
                    "law": warning.law,
                    "words": warning.explanation or _("The words were erased as the law orders."),
                }
                for warning in told.explained
            ],
        },
        "opinions": {
            "title": _("Dissenting opinions"),
            "none": "" if told.opinions else _("No member gave a dissenting opinion."),
            "rows": [
                {
                    "who": f"{role_words(opinion.role)}, {moment(opinion.at)}",
                    "words": opinion.words or _("The words were erased as the law orders."),
                }
                for opinion in told.opinions
            ],
        },
        "signatures": {
            "title": _("Established by"),
            "sign": _("signatures"),
            "rows": [
                [_("First member"), role_words(certificate.role), moment(certificate.proposed_at)],
                [
                    _("Second member"),
                    role_words(certificate.signature.role),
                    moment(certificate.signature.signed_at),
                ],
            ],
        },
        "proof": {
            "title": _("How to check it"),
            "words": _(
                "The figures are as of the signed log's checkpoint below. The address tells whether this certificate "
                "still stands."
            ),
            "rows": [
                [_("Checkpoint"), _("%(size)s entries") % {"size": number(certificate.checkpoint.size)}],
                [_("Root of the log"), bytes(certificate.checkpoint.root).hex()],
                [_("SHA-256 of the content"), certificate.content_sha256],
                [_("Address"), address],
            ],
        },
        "qr": qr_svg(address),
        "foot": f"{told.contest.code} · {told.area.code} · {certificate.number} · {certificate.content_sha256[:16]}",
        "page": _("page"),
    }


def public_address(told: Told) -> str:
    """Return the address of a certificate's public page, in the active language."""
    names = {"contest": told.contest.code, "place": told.area.code, "number": told.certificate.number}
    return f"{settings.SITE_URL}{reverse('certificate', kwargs=names)}"


def _explained_below(told: Told) -> str:
    count = told.certificate.explained
    if told.explained or not count or told.certificate.level == Level.DISTRICT:
        return ""
    return ngettext(
        "%(count)s explained warning stands in the certificates below.",
        "%(count)s explained warnings stand in the certificates below.",
        count,
    ) % {"count": number(count)}
