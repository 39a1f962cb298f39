"""When an election's entries become public."""

from __future__ import annotations

from datetime import datetime

from audit.models import Disclosure


def set_disclosure(*, election: str, figures_public_from: datetime) -> None:
    """Set from when on the entries of this election may be seen. Until then only the checkpoint is public."""
    Disclosure.objects.update_or_create(election=election, defaults={"figures_public_from": figures_public_from})
