"""Accounts to look at, for administrators. Nothing is changed here: changes are services and leave events."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Appointment, User


class AccountsSite(admin.AdminSite):
    """Holds only what is registered here: other packages put tokens and second factors on Django's own site."""

    site_title = site_header = "Hattama"
    index_title = _("Accounts")

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_superuser


site = AccountsSite(name="admin")


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Lists and pages without a way to change anything."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


@admin.register(User, site=site)
class UserAdmin(ReadOnly):
    list_display = ["username", "first_name", "is_active", "is_superuser", "last_login", "pseudonym"]
    list_filter = ["is_active", "is_superuser"]
    search_fields = ["username", "first_name", "last_name"]
    fields = ["username", "first_name", "last_name", "pseudonym", "is_active", "is_superuser", "last_login"]


@admin.register(Appointment, site=site)
class AppointmentAdmin(ReadOnly):
    list_display = ["user", "role", "place", "election", "appointed_at", "ends_at", "revoked_at"]
    list_filter = ["role", "election"]
    list_select_related = ["user", "election", "station", "area", "contest"]
    search_fields = ["user__username", "station__code", "area__code", "contest__code"]
    fields = ["user", "role", "election", "station", "area", "contest", "appointed_at", "ends_at", "revoked_at"]
