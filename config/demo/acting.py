"""How an officer sends a protocol and how a commission decides: each one request at the front door."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from secrets import token_hex
from urllib.parse import urlencode
from uuid import uuid4

from django.conf import settings
from django.db import connections
from django.urls import reverse

from config.demo.cast import Cast
from config.demo.front_door import Answered, FrontDoor
from config.demo.photographs import photograph
from samples.kz_2023.night import Answer, Decision, Send, Step, Verdict
from tallies.services.submit import ChecksFailed
from tallies.views.replacement import CONFIRMED

STATUS = {
    Answer.ACCEPTED: HTTPStatus.CREATED,
    Answer.HELD: HTTPStatus.ACCEPTED,
    Answer.STOPPED: HTTPStatus.UNPROCESSABLE_ENTITY,
}
PAGE = {
    Verdict.ACCEPT_HELD: "tallies:accept_held",
    Verdict.RETURN_HELD: "tallies:return_held",
    Verdict.CORRECT: "tallies:correct",
}
CSRF = token_hex(16)
VERSION_SHOWN = re.compile(r'<input type="hidden" name="version" value="(\d+)"')
LONGEST_DETAIL = 300
MOST_PHOTOGRAPHS = 12


class Reply(Enum):
    """How an answer compares with what the script says."""

    AS_TOLD = "as told"
    STOOD_ALREADY = "stood already"
    """Somebody was there before: an earlier run of the night, or a person at the screen."""
    SURPRISE = "surprise"


@dataclass(frozen=True)
class Act:
    """A step that was taken, and what came back; `detail` says what was surprising."""

    step: Step
    reply: Reply
    detail: str = ""


class Actors:
    """Takes the steps of the script in the name of the people they belong to."""

    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        self._held: dict[tuple[str, str], Send] = {}
        self._photographs = iter(range(MOST_PHOTOGRAPHS))

    def take(self, door: FrontDoor, step: Step, number: int) -> Act:
        """Take a step, the `number`th of its protocol. Raises NobodyAnswers."""
        return self._send(door, step, number) if isinstance(step, Send) else self._decide(door, step)

    def _send(self, door: FrontDoor, send: Send, number: int) -> Act:
        body = {
            "station": send.station,
            "contest": send.contest,
            "figures": send.figures,
            "explanations": send.explanations,
        }
        if send.paper_says_so:
            body["paper_says_so"] = send.paper_says_so
        tokens = [self._cast.tokens[send.station]]
        if send.contest in self._cast.keyed_twice:
            tokens.append(self._cast.second_tokens[send.station])
        for token in tokens:
            headers = {
                "Authorization": f"Bearer {token}",
                "Content-Type": "application/json",
                # The same in every run of the night, so that a run that was stopped can be taken up again.
                "Idempotency-Key": f"night.{send.contest}.{send.station}.{number}",
            }
            answered = door.post(reverse("tallies_api:protocols"), json.dumps(body), headers)
            if answered.status != HTTPStatus.ACCEPTED:
                break  # It counts, or it was stopped: nothing is left to the second person.
        if answered.status == HTTPStatus.CONFLICT:
            return Act(send, Reply.STOOD_ALREADY)
        if send.answer is Answer.HELD:
            self._held[send.contest, send.station] = send
        stopped_by_checks = answered.data.get("code") == ChecksFailed.code
        if answered.status == STATUS[send.answer] and (send.answer is Answer.STOPPED) == stopped_by_checks:
            return Act(send, Reply.AS_TOLD)
        return _surprise(send, answered)

    def _decide(self, door: FrontDoor, decision: Decision) -> Act:
        """Open the decision's page, and send its form for the version it shows."""
        place = {"station": decision.station, "contest": decision.contest}
        page = reverse(PAGE[decision.verdict], kwargs=place)
        session = self._cast.sessions[decision.station]
        cookies = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={CSRF}"
        self._photograph(door, decision, cookies)
        opened = door.get(page, {"Cookie": cookies})
        version = VERSION_SHOWN.search(opened.text) if opened.status == HTTPStatus.OK else None
        if version is None:
            return _undecided(decision, opened)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": cookies,
            "X-CSRFToken": CSRF,
        }
        answered = door.post(page, urlencode(_form_of(decision, int(version[1]))), headers)
        if answered.location == reverse("tallies:desk_protocol", kwargs=place):
            return Act(decision, Reply.AS_TOLD)
        return _undecided(decision, answered)

    def _photograph(self, door: FrontDoor, decision: Decision, cookies: str) -> None:
        """Let the commission attach what the station sent it, for the first few: photographs take time to look at."""
        if next(self._photographs, None) is None:
            return
        held = self._held.get((decision.contest, decision.station))
        figures = decision.figures or (held.figures if held else {})
        if not figures:
            return
        content = photograph(decision.contest, decision.station, figures)
        connections.close_all()  # This thread reads the registry once, and asks the front door for all else.
        edge = token_hex(16)
        head = f'--{edge}\r\nContent-Disposition: form-data; name="photograph"; filename="protocol.jpg"\r\n\r\n'
        door.post(
            reverse("tallies:photographs", args=[decision.station, decision.contest]),
            head.encode() + content + f"\r\n--{edge}--\r\n".encode(),
            {"Content-Type": f"multipart/form-data; boundary={edge}", "Cookie": cookies, "X-CSRFToken": CSRF},
        )


def _form_of(decision: Decision, version: int) -> dict[str, str | int]:
    form: dict[str, str | int] = {"version": version, "reason": decision.reason}
    if decision.verdict is Verdict.CORRECT:
        form |= {"key": str(uuid4()), CONFIRMED: "on"}
        form |= {f"figure-{code}": figure for code, figure in decision.figures.items()}
        form |= {f"tick-{code}": "on" for code in decision.explanations}
        form |= {f"words-{code}": words for code, words in decision.explanations.items()}
    return form


def _undecided(decision: Decision, answered: Answered) -> Act:
    """What an answer means that is not the decision taken: a conflict says that the protocol is in another state."""
    if answered.status == HTTPStatus.CONFLICT:
        return Act(decision, Reply.STOOD_ALREADY)
    return _surprise(decision, answered)


def _surprise(step: Step, answered: Answered) -> Act:
    said = answered.location or answered.text[:LONGEST_DETAIL]
    return Act(step, Reply.SURPRISE, f"{step.station}, {step.contest}: {answered.status} {said}")
