"""What people wrote (reasons, explanations) held against the hashes that the log has of it."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256

from results.verification.log import Log
from results.verification.reading import Reader
from results.verification.verdict import Differences

_PLACES = "SELECT index, event_id FROM audit_logindex WHERE index = ANY(%s)"
_EXPLANATIONS = """
    SELECT id, event_id, subject, text, salt FROM tallies_explanation
    UNION ALL SELECT id, event_id, subject, text, salt FROM accounts_reason
    ORDER BY event_id, id
"""


def check_texts(reader: Reader, log: Log, differences: Differences, counts: Counter[str]) -> None:
    """Hash every text with its salt. A text erased by order of the law leaves a row without both, and an event."""
    logged = log.texts
    places = dict(reader.rows(_PLACES, [[index for index, _subject in log.erased]]))
    ordered = {(places.get(index), subject) for index, subject in log.erased}
    missing = {(event_id, subject): hash_ for event_id, texts in logged.items() for subject, hash_ in texts.items()}
    for _id, event_id, subject, text, salt in reader.stream(_EXPLANATIONS):
        expected = missing.pop((event_id, subject), None)
        if expected is not None and not text and not salt:
            if (event_id, subject) not in ordered:
                differences.add(
                    "tallies_explanation", "text", expected="an event that says it was erased", found=None,
                    event=event_id, subject=subject,
                )  # fmt: skip
            counts["texts_erased"] += 1
            continue
        if (event_id, subject) in ordered:
            differences.add(
                "tallies_explanation", "text", expected="nothing: it was erased", found="a text", event=event_id,
                subject=subject,
            )  # fmt: skip
        differences.compare(
            "tallies_explanation",
            "text",
            expected=expected or "no text",
            found=sha256(salt + text.encode()).hexdigest(),
            event=event_id,
            subject=subject,
        )
        counts["texts"] += 1
    for (event_id, subject), hash_ in sorted(missing.items()):
        differences.add(
            "tallies_explanation", "row", expected=f"a text that hashes to {hash_}", found=None, event=event_id,
            subject=subject,
        )  # fmt: skip
