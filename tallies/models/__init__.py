"""What stations said: entries, protocols and where they stand; and who is told of it."""

from tallies.models.certified import Certified, CertifiedEnd
from tallies.models.complaints import Complaint, ComplaintEnd, ComplaintPhotograph, ComplaintPhotographPage
from tallies.models.photographs import Photograph, PhotographPage, Upload, WithdrawnPhotograph
from tallies.models.protocols import (
    Claim,
    EndedClaim,
    Entry,
    Explanation,
    OpenEntry,
    PendingArea,
    ProtocolVersion,
    RepeatVoting,
    Standing,
    StandingChange,
)
from tallies.models.queries import PendingLook, Query, QueryClosing
from tallies.models.turnout import TURNOUT, TurnoutReport
from tallies.models.webhooks import Webhook, WebhookDelivery

__all__ = [
    "TURNOUT",
    "Certified",
    "CertifiedEnd",
    "Claim",
    "Complaint",
    "ComplaintEnd",
    "ComplaintPhotograph",
    "ComplaintPhotographPage",
    "EndedClaim",
    "Entry",
    "Explanation",
    "OpenEntry",
    "PendingArea",
    "PendingLook",
    "Photograph",
    "PhotographPage",
    "ProtocolVersion",
    "Query",
    "QueryClosing",
    "RepeatVoting",
    "Standing",
    "StandingChange",
    "TurnoutReport",
    "Upload",
    "Webhook",
    "WebhookDelivery",
    "WithdrawnPhotograph",
]
