"""A commission's program is told, at least once, of what happens in its area, and of nothing else."""

from __future__ import annotations

import hashlib
import hmac
import socket
import ssl
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.db import ProgrammingError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from audit import outbound
from audit.models import Event
from audit.outbound import NotSent, Reach, post
from stations.models import Area, Contest
from tallies.domain.webhooks import KINDS, MOST_ATTEMPTS, TEST
from tallies.models import Webhook, WebhookDelivery
from tallies.services import deliver_webhooks
from tallies.services.claims import claim_entry, take_over_claim
from tallies.services.deliver_webhooks import LEASE, deliver_due
from tallies.services.webhooks import (
    NothingWanted,
    TooManyWebhooks,
    TurnedOff,
    UrlRefused,
    send_again,
    set_webhook,
    try_webhook,
    turn_off_webhook,
)
from tests import scene
from tests.packages import plurality_figures, valid_figures
from tests.processes import kill_group, process, until, worker
from tests.tallies.receiver import Receiver, receiving

pytestmark = pytest.mark.django_db(transaction=True)

LOOPBACK = Reach(allowed=[ip_network("127.0.0.0/8")], longest_seconds=1.0)


@pytest.fixture(autouse=True)
def election(transactional_db: None, tmp_path: Path) -> None:
    scene.load(tmp_path / "package")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def hook(url: str, area: str = "r1-d1", contest: str = "", kinds: tuple[str, ...] = KINDS) -> Webhook:
    return set_webhook(
        area=Area.objects.get(code=area),
        contest=Contest.objects.get(code=contest) if contest else None,
        url=url,
        kinds=kinds,
        by=scene.person("district"),
        role="district",
        now=scene.NOW,
    )


def deliver(at: datetime = scene.NOW, reach: Reach = LOOPBACK) -> deliver_webhooks.Passed:
    return deliver_due(clock=lambda: at, reach=reach)


def states() -> list[tuple[str, bool, bool]]:
    found = WebhookDelivery.objects.order_by("created_at", "event_id")
    return [(each.kind, each.delivered_at is not None, each.given_up_at is not None) for each in found]


def test_what_happens_in_the_area_is_told_with_codes_alone(receiver: Receiver) -> None:
    hook(receiver.url)
    scene.hold("r1-d1-s1")
    scene.decide("return", "r1-d1-s1")
    scene.submit("r1-d1-s2")
    scene.decide("correct", "r1-d1-s2", figures=valid_figures({"a": 241, "b": 120, "c": 60, "against_all": 20}))
    scene.decide("recount", "r1-d1-s2", figures=valid_figures({"a": 242, "b": 120, "c": 60, "against_all": 20}))
    scene.decide("annul", "r1-d1-s2")
    scene.decide("repeat", "r1-d1-s2")
    claim_entry(owed=scene.owed("r1-d1-s3"), slot="only", by=scene.person(), now=scene.NOW)
    take_over_claim(
        owed=scene.owed("r1-d1-s3"), slot="only", by=scene.person("district"), role="district", now=scene.NOW
    )
    assert deliver().delivered == len(KINDS)
    assert [body["type"] for body in receiver.bodies] == list(KINDS)
    returned = receiver.bodies[1]
    assert returned["data"] == {
        "election": "test-2026",
        "contest": "list",
        "area": "r1-d1",
        "station": "r1-d1-s1",
        "role": "district",
        "version": 1,
        "link": "http://127.0.0.1:8000/kk/desk/r1-d1-s1/list/",
    }
    everything = b"".join(body for _headers, body in receiver.got)
    for secret in (b"a line is missing", b"mistyped", b"figures", b"commitment", b"salt", b"pseudonym", b"texts"):
        assert secret not in everything


def test_the_receiver_can_prove_that_it_came_from_here(receiver: Receiver) -> None:
    webhook = hook(receiver.url)
    scene.hold()
    deliver()
    headers, body = receiver.got[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = hmac.new(b64decode(webhook.secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    assert b64decode(headers["webhook-signature"].removeprefix("v1,")) == mac
    assert int(headers["webhook-timestamp"]) == int(scene.NOW.timestamp())
    assert headers["content-type"] == "application/json"
    assert receiver.paths == ["/hooks?from=hattama"]


@pytest.mark.parametrize(
    ("area", "contest", "kinds", "told"),
    [
        ("r1-d1", "", KINDS, 2),
        ("r1", "", KINDS, 2),
        ("kz", "", KINDS, 3),
        ("kz", "okrug", KINDS, 1),
        ("r1-d2", "", KINDS, 0),
        ("r2", "", ("protocol.returned",), 0),
        ("kz", "", ("protocol.returned",), 1),
    ],
)
def test_a_webhook_hears_of_its_place_contest_and_kinds_only(
    area: str, contest: str, kinds: tuple[str, ...], told: int
) -> None:
    hook("http://127.0.0.1:9/", area, contest, kinds)
    scene.hold("r1-d1-s1")
    scene.decide("return", "r1-d1-s1")
    okrug = {**plurality_figures(), "ballots_received": 1}
    scene.submit("r2-d2-s1", "okrug", okrug, paper_says_so="so")
    assert WebhookDelivery.objects.count() == told


def test_the_message_stands_or_falls_with_the_change() -> None:
    hook("http://127.0.0.1:9/")
    with pytest.raises(RuntimeError), transaction.atomic():
        scene.hold()
        assert WebhookDelivery.objects.count() == 1
        raise RuntimeError
    assert WebhookDelivery.objects.count() == Event.objects.filter(kind="protocol.held").count() == 0


def test_no_change_costs_a_statement_more_with_webhooks_than_without() -> None:
    def statements(change: Callable[[], Any]) -> int:
        with CaptureQueriesContext(connection) as taken:
            change()
        return len(taken)

    scene.submit("r1-d1-s3")
    scene.person("district")
    without = [
        statements(lambda: scene.submit("r1-d1-s1")),
        statements(lambda: scene.hold("r1-d1-s2")),
        statements(lambda: scene.decide("return", "r1-d1-s2")),
    ]
    hook("http://127.0.0.1:9/", "r1-d2")
    hook("http://127.0.0.1:9/", "kz")
    with_them = [
        statements(lambda: scene.submit("r1-d2-s1")),
        statements(lambda: scene.hold("r1-d2-s2")),
        statements(lambda: scene.decide("return", "r1-d2-s2")),
    ]
    assert with_them == without
    assert WebhookDelivery.objects.count() == 4


def test_a_receiver_that_refuses_is_tried_again_later_and_given_up_in_the_end(receiver: Receiver) -> None:
    receiver.status = 500
    webhook = hook(receiver.url)
    scene.hold()
    at = scene.NOW
    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert deliver(at).failed == 1
        assert deliver(at).failed == 0, "not again at once"
        delivery = WebhookDelivery.objects.get()
        assert (delivery.attempts, delivery.status, delivery.problem) == (attempt, 500, "refused_by_receiver")
        at = max(delivery.next_try_at, at) + timedelta(seconds=1)
    assert states() == [("protocol.held", False, True)]
    assert deliver(at + timedelta(days=1)).failed == 0
    assert len(set(receiver.ids)) == 1, "a receiver knows a repeated message by its id"
    receiver.status = 200
    assert send_again(webhook_id=webhook.pk, now=at) == 1
    assert deliver(at).delivered == 1
    assert states() == [("protocol.held", True, False)]


def test_one_that_fails_does_not_hold_up_the_others(receiver: Receiver) -> None:
    with receiving(status=503) as ill:
        hook(ill.url)
        hook(receiver.url)
        for station in ("r1-d1-s1", "r1-d1-s2", "r1-d1-s3"):
            scene.hold(station)
        passed = deliver()
    assert (passed.delivered, passed.failed) == (3, 1)
    assert len(ill.got) == 1


def test_an_answer_that_leads_elsewhere_is_not_followed(receiver: Receiver) -> None:
    receiver.status = 307
    hook(receiver.url)
    scene.hold()
    assert deliver().failed == 1
    assert receiver.paths == ["/hooks?from=hattama"]
    assert WebhookDelivery.objects.get().problem == "redirected"


@pytest.mark.parametrize("behaviour", [{"pause": 30.0}, {"drips": True}])
def test_a_receiver_that_takes_its_time_is_cut_off(behaviour: dict[str, Any]) -> None:
    with receiving(**behaviour) as slow:
        hook(slow.url)
        scene.hold()
        began = time.monotonic()
        deliver()
        assert time.monotonic() - began < 5
    assert len(slow.got) == 1


def test_of_an_endless_answer_little_is_read() -> None:
    with receiving(status=200, endless=True) as endless:
        began = time.monotonic()
        assert post(endless.url, body=b"{}", headers={}, reach=LOOPBACK) == 200
        assert time.monotonic() - began < LOOPBACK.longest_seconds


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433"])
def test_a_private_address_is_refused_before_anything_is_sent(receiver: Receiver, host: str) -> None:
    hook(f"http://{host}:{receiver.port}/hooks")
    scene.hold()
    assert deliver(reach=Reach()).failed == 1
    assert WebhookDelivery.objects.get().problem == "address_refused"
    assert not receiver.got


def test_a_name_that_changes_its_mind_leads_nowhere_else(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: the name is asked once, and the connection goes to the answer that was checked."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def rebinding(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        if host == "rebind.example":
            asked.append(host)
            return real("127.0.0.1" if len(asked) == 1 else "127.0.0.2", port, *rest, **more)
        return real(host, port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    url = f"http://rebind.example:{receiver.port}/hooks"
    assert post(url, body=b"{}", headers={}, reach=LOOPBACK) == 204
    assert asked == ["rebind.example"]
    assert receiver.got[0][0]["host"] == f"rebind.example:{receiver.port}"


def test_a_name_with_one_private_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "_resolved", lambda *_asked: ["93.184.216.34", "10.0.0.1"])
    with pytest.raises(NotSent) as refused:
        post("https://two.example/", body=b"{}", headers={}, reach=Reach())
    assert refused.value.problem == "address_refused"


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    certificate = _self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listening, receiving_tls(listening, context):
        url = f"https://localhost:{listening.getsockname()[1]}/"
        allowed = [ip_network("127.0.0.0/8"), ip_network("::1/128")]
        with pytest.raises(NotSent) as refused:
            post(url, body=b"{}", headers={}, reach=Reach(allowed=allowed))
        assert refused.value.problem == "certificate_refused"
        assert post(url, body=b"{}", headers={}, reach=Reach(allowed=allowed, ca_file=str(certificate))) == 204
        other = url.replace("localhost", "127.0.0.1")
        with pytest.raises(NotSent) as refused:
            post(other, body=b"{}", headers={}, reach=Reach(allowed=allowed, ca_file=str(certificate)))
        assert refused.value.problem == "certificate_refused", "the certificate is for another name"


def test_a_worker_killed_while_it_sends_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8")
    with receiving(pause=60) as slow:
        hook(slow.url)
        scene.hold()
        with process(*worker(tmp_path / "worker.log", concurrency=1), log=tmp_path / "worker.log") as running:
            until(lambda: bool(slow.got), seconds=60, what="the first attempt")
            kill_group(running)
        delivery = WebhookDelivery.objects.get()
        assert (delivery.attempts, delivery.delivered_at) == (1, None)
        slow.pause = 0
        now = delivery.tried_at
        assert now is not None
        assert deliver(now + LEASE / 2).delivered == 0, "it may still be on its way"
        later = now + LEASE + timedelta(seconds=1)
        until(lambda: deliver(later).delivered == 1, what="the second attempt, once the dead worker's session is gone")
    assert len(slow.got) == 2
    assert len(set(slow.ids)) == 1


def test_workers_send_by_themselves(tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8")
    hook(receiver.url)
    with process(*worker(tmp_path / "worker.log"), log=tmp_path / "worker.log"):
        scene.hold()
        until(lambda: states() == [("protocol.held", True, False)], seconds=60, what="the delivery")
    assert len(receiver.got) == 1


def test_a_test_arrives_and_tells_of_nothing(receiver: Receiver) -> None:
    webhook = hook(receiver.url)
    try_webhook(webhook_id=webhook.pk, now=scene.NOW)
    deliver()
    assert receiver.bodies == [{"type": TEST, "timestamp": "2026-03-19T18:00:00Z", "data": {"webhook": webhook.pk}}]


def test_one_that_is_turned_off_is_sent_nothing_more(receiver: Receiver) -> None:
    webhook = hook(receiver.url)
    scene.hold("r1-d1-s1")
    by: User = scene.person("district")
    turn_off_webhook(webhook_id=webhook.pk, by=by, role="district", now=scene.NOW)
    scene.hold("r1-d1-s2")
    deliver()
    assert not receiver.got
    assert WebhookDelivery.objects.count() == 1
    for refused in (
        lambda: turn_off_webhook(webhook_id=webhook.pk, by=by, role="district", now=scene.NOW),
        lambda: try_webhook(webhook_id=webhook.pk, now=scene.NOW),
        lambda: send_again(webhook_id=webhook.pk, now=scene.NOW),
    ):
        with pytest.raises(TurnedOff):
            refused()


def test_who_set_it_and_turned_it_off_is_in_the_log_but_not_where_it_goes(receiver: Receiver) -> None:
    webhook = hook(receiver.url)
    turn_off_webhook(webhook_id=webhook.pk, by=scene.person("district"), role="district", now=scene.NOW)
    logged = list(Event.objects.filter(kind__startswith="webhook.").order_by("id"))
    assert [(each.kind, each.area) for each in logged] == [("webhook.set", "r1-d1"), ("webhook.turned_off", "r1-d1")]
    for each in logged:
        assert b"127.0.0.1" not in bytes(each.entry)
        assert webhook.secret.encode() not in bytes(each.entry)


def test_a_webhook_that_cannot_be_is_not_set() -> None:
    with pytest.raises(UrlRefused):
        hook("ftp://example.org/")
    with pytest.raises(NothingWanted):
        hook("https://example.org/", kinds=("protocol.accepted",))
    for _number in range(5):
        hook("https://example.org/")
    with pytest.raises(TooManyWebhooks):
        hook("https://example.org/")
    assert Webhook.objects.count() == 5


@pytest.mark.django_db(transaction=True, databases=["default", "reader"])
def test_readers_of_the_database_see_no_webhook() -> None:
    for table in ("tallies_webhook", "tallies_webhookdelivery"):
        with pytest.raises(ProgrammingError, match="permission denied"), connections["reader"].cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {table}")


def receiving_tls(listening: socket.socket, context: ssl.SSLContext) -> Any:
    """Answer each connection with 204, over TLS."""

    def serve() -> None:
        while True:
            try:
                plain, _address = listening.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(plain, server_side=True) as tls:
                    while not tls.recv(65536).endswith(b"{}"):
                        pass
                    tls.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            except OSError:
                continue

    @contextmanager
    def running() -> Iterator[None]:
        threading.Thread(target=serve, daemon=True).start()
        yield

    return running()


def _self_signed(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = timezone.now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file
