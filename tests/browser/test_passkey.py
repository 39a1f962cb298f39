"""A commission member registers a passkey and signs in with it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from accounts.domain.roles import Role
from accounts.models import User
from tests.browser.conftest import Visitor

PASSWORD = "three words in a row"


def test_a_passkey_is_registered_and_asked_for_at_the_next_sign_in(
    visitor: Visitor, people: dict[Role, User], settings: Any
) -> None:
    settings.PASSWORD_HASHERS = ["accounts.hashers.DawnArgon2"]  # As the web server hashes.
    district = people[Role.DISTRICT]
    district.set_password(PASSWORD)
    district.save()
    # A passkey belongs to a name, not to a number.
    visitor.site = visitor.site.replace("127.0.0.1", "localhost")
    page = visitor.open("/en/account/login/")
    device: Any = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    def sign_in() -> None:
        page.get_by_label("Username").fill("district")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()

    sign_in()
    page.wait_for_url("**/en/account/")
    page.goto("/en/account/2fa/webauthn/add/")
    if "reauthenticate" in page.url:
        page.get_by_label("Password").fill(PASSWORD)
        page.locator("main button").first.click()
    page.get_by_label("Name").fill("my telephone")
    page.get_by_role("button", name="Add a key").click()
    page.wait_for_url(lambda url: "webauthn/add" not in url)

    page.goto("/en/account/")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/account/login/**")
    sign_in()
    page.wait_for_url("**/2fa/authenticate/**")
    page.get_by_role("button", name="passkey").or_(page.locator("#mfa_webauthn_authenticate")).first.click()
    page.wait_for_url("**/en/account/")
    expect(page.get_by_text("District commission")).to_be_visible()
