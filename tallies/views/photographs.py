"""Photographs of a protocol: seen, attached whole or part by part, withdrawn, and given out with safe headers."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from tempfile import NamedTemporaryFile

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import needs
from accounts.domain.roles import Permission
from tallies.models import Photograph, Upload
from tallies.photographs.examination import BusyExamining, NotAPhotograph, limits
from tallies.photographs.serving import copy_response, original_response
from tallies.photographs.showing import photographs_beside
from tallies.photographs.store import part, parts_folder
from tallies.refusals import Refusal
from tallies.selectors.photographs import is_copy_of, original_of, upload_of
from tallies.services.photographs import attach_photograph, withdraw_photograph
from tallies.services.uploads import (
    KEPT_FOR,
    NoSuchUpload,
    TooManyUploads,
    WrongOffset,
    begin_upload,
    continue_upload,
    give_up_upload,
)
from tallies.views.place import Place, place_for

ATTACH = (Permission.ENTER_PROTOCOL, Permission.ENTER_FOR_STATION)
SEE = (*ATTACH, Permission.SEE_DESK)
# What arrives part by part is attached to nothing yet: a complaint's photographs come the same way.
UPLOAD = (*ATTACH, Permission.COMPLAIN)
TUS = "1.0.0"
# A part as large as this is read into memory; clients send smaller ones, so that little is lost with the line.
LARGEST_PART = 4 * 2**20


class PhotographForm(forms.Form):
    """A file, or the upload that brought it here part by part."""

    photograph = forms.FileField(
        required=False,
        label=gettext_lazy("Photograph or scan"),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/heic,image/heif,application/pdf"}),
    )
    upload = forms.UUIDField(required=False, widget=forms.HiddenInput)


class WithdrawalForm(forms.Form):
    reason = forms.CharField(
        max_length=2000,
        label=gettext_lazy("Why the photograph is withdrawn"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@needs(*SEE)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def photographs(request: HttpRequest, station: str, contest: str) -> HttpResponse:
    """`/evidence/<station>/<contest>/`: the photographs of a protocol; posted, one more."""
    if request.method != "POST":
        return _page(request, place_for(request, station, contest, *SEE), PhotographForm())
    place = place_for(request, station, contest, *ATTACH)
    form = PhotographForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, place, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        attached = _attach(place, form)
    except Refusal as refusal:
        return _refused(request, place, form, refusal)
    if _wants_json(request):
        return JsonResponse({"sha256": attached.sha256}, status=HTTPStatus.CREATED)
    messages.success(request, _("The photograph is attached."))
    return redirect("tallies:photographs", station=station, contest=contest)


def _attach(place: Place, form: PhotographForm) -> Photograph:
    if form.cleaned_data["upload"]:
        return _attach_upload(place, form.cleaned_data["upload"])
    file: UploadedFile[bytes] | None = form.cleaned_data["photograph"]
    if file is None:
        raise NothingChosen
    if (file.size or 0) > limits().bytes:
        raise NotAPhotograph.too_large()
    with NamedTemporaryFile(dir=parts_folder()) as whole:
        for chunk in file.chunks():
            whole.write(chunk)
        whole.flush()
        return attach_photograph(file=Path(whole.name), **place.acting())


def _attach_upload(place: Place, upload_id: uuid.UUID) -> Photograph:
    """Attach what came part by part. It goes when it is attached or refused, and stays to be tried again else."""
    upload = _upload(place, upload_id)
    if upload is None or upload.offset != upload.length:
        raise NoSuchUpload
    try:
        attached = attach_photograph(file=part(upload.pk), **place.acting())
    except BusyExamining:
        raise
    except Refusal:
        give_up_upload(upload=upload)
        raise
    give_up_upload(upload=upload)
    return attached


class NothingChosen(Refusal):
    """The form was sent without a file."""

    code = "nothing_chosen"

    def __init__(self) -> None:
        super().__init__(_("Choose a photograph or a scan first."), fields={"photograph": ""})


def _refused(request: HttpRequest, place: Place, form: PhotographForm, refusal: Refusal) -> HttpResponse:
    match refusal:
        case BusyExamining():
            status = HTTPStatus.SERVICE_UNAVAILABLE
        case NoSuchUpload():
            status = HTTPStatus.GONE
        case _:
            status = HTTPStatus.UNPROCESSABLE_ENTITY
    if _wants_json(request):
        return JsonResponse(refusal.as_data(), status=status)
    return _page(request, place, form, refusal=refusal, status=status)


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "") == "application/json"


def _page(
    request: HttpRequest,
    place: Place,
    form: PhotographForm,
    *,
    refusal: Refusal | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    context = {
        **place.names(),
        "form": form,
        "refusal": refusal,
        "may_attach": any(place.allows(permission) for permission in ATTACH),
        "most_megabytes": limits().bytes // 2**20,
        "most_pages": limits().pages,
        "way_back": _way_back(place),
    }
    return render(request, "tallies/photographs.html", context, status=status)


def _way_back(place: Place) -> str:
    name = "tallies:desk_protocol" if place.on_behalf else "tallies:protocol"
    return reverse(name, args=[place.owed.station, place.owed.contest])


@needs(*ATTACH)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def withdraw(request: HttpRequest, station: str, contest: str, photograph: int) -> HttpResponse:
    """`/evidence/<station>/<contest>/<photograph>/withdraw/`: mark a photograph as the wrong one, with a reason."""
    place = place_for(request, station, contest, *ATTACH)
    shown = next((each for each in photographs_beside(place.owed).photographs if each.seen.id == photograph), None)
    if shown is None:
        raise Http404
    form = WithdrawalForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            withdraw_photograph(photograph_id=photograph, reason=form.cleaned_data["reason"], **place.acting())
        except Refusal as refusal:
            return _page(request, place, PhotographForm(), refusal=refusal, status=HTTPStatus.CONFLICT)
        messages.success(request, _("The photograph is withdrawn. It stays to be seen, with your reason."))
        return redirect("tallies:photographs", station=station, contest=contest)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {**place.names(), "form": form, "shown": shown}
    return render(request, "tallies/photograph_withdraw.html", context, status=status)


@needs(*SEE)
@require_safe
def copy(request: HttpRequest, station: str, contest: str, sha256: str) -> HttpResponseBase:
    """`/evidence/<station>/<contest>/copies/<sha256>.jpg`: a page as it is shown."""
    place = place_for(request, station, contest, *SEE)
    if not is_copy_of(place.owed.contest_id, place.owed.station_id, sha256):
        raise Http404
    return copy_response(sha256, cache="private, max-age=86400, immutable")


@needs(*SEE)
@require_safe
@never_cache
def original(request: HttpRequest, station: str, contest: str, original: str) -> HttpResponseBase:
    """`/evidence/<station>/<contest>/originals/<sha256>`: the file as it came, to be kept and never to be run."""
    place = place_for(request, station, contest, *SEE)
    if original_of(place.owed.contest_id, place.owed.station_id, original) is None:
        raise Http404
    return original_response(original, name=f"{station}-{contest}-{original[:12]}")


def _tus(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Speak tus 1.0: the version both ways, and refusals as data."""

    def speaking(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.headers.get("Tus-Resumable") != TUS:
            response = HttpResponse(status=HTTPStatus.PRECONDITION_FAILED)
            response["Tus-Version"] = TUS
        else:
            try:
                response = view(request, *args, **kwargs)
            except Refusal as refusal:
                response = JsonResponse(refusal.as_data(), status=_tus_status(refusal))
        response["Tus-Resumable"] = TUS
        return response

    return speaking


def _tus_status(refusal: Refusal) -> HTTPStatus:
    match refusal:
        case WrongOffset():
            return HTTPStatus.CONFLICT
        case NoSuchUpload():
            return HTTPStatus.GONE
        case TooManyUploads():
            return HTTPStatus.TOO_MANY_REQUESTS
        case NotAPhotograph():
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        case _:
            return HTTPStatus.UNPROCESSABLE_ENTITY


@needs(*UPLOAD)
@require_http_methods(["POST"])
@never_cache
def uploads(request: HttpRequest, station: str, contest: str) -> HttpResponse:
    """`/evidence/<station>/<contest>/uploads/`: begin an upload (tus: creation)."""
    return _begin(request, place_for(request, station, contest, *UPLOAD))


@_tus
def _begin(request: HttpRequest, place: Place) -> HttpResponse:
    length = _whole_number(request.headers.get("Upload-Length"))
    if length is None:
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    acting = place.acting()
    upload = begin_upload(owed=place.owed, length=length, by=place.user, now=acting["now"])
    response = HttpResponse(status=HTTPStatus.CREATED)
    response["Location"] = reverse("tallies:upload", args=[place.owed.station, place.owed.contest, upload.pk])
    response["Upload-Expires"] = http_date((acting["now"] + KEPT_FOR).timestamp())
    return response


@needs(*UPLOAD)
@require_http_methods(["HEAD", "PATCH", "DELETE"])
@never_cache
def upload(request: HttpRequest, station: str, contest: str, upload: uuid.UUID) -> HttpResponse:
    """`/evidence/<station>/<contest>/uploads/<id>/`: how far an upload is, its next part, or its end (tus: core)."""
    place = place_for(request, station, contest, *UPLOAD)
    found = _upload(place, upload)
    if found is None:
        raise Http404
    return _go_on(request, found)


@_tus
def _go_on(request: HttpRequest, upload: Upload) -> HttpResponse:
    if request.method == "DELETE":
        give_up_upload(upload=upload)
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    if request.method == "HEAD":
        response = HttpResponse()
        response["Upload-Length"] = str(upload.length)
    else:
        if request.content_type != "application/offset+octet-stream":
            return HttpResponse(status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        offset, size = (_whole_number(request.headers.get(name)) for name in ("Upload-Offset", "Content-Length"))
        if offset is None or size is None:
            return HttpResponse(status=HTTPStatus.BAD_REQUEST)
        if size > LARGEST_PART:
            return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        upload = continue_upload(upload=upload, offset=offset, content=request.read(size), now=timezone.now())
        response = HttpResponse(status=HTTPStatus.NO_CONTENT)
    response["Upload-Offset"] = str(upload.offset)
    response["Upload-Expires"] = http_date(upload.expires_at.timestamp())
    return response


def _upload(place: Place, upload_id: uuid.UUID) -> Upload | None:
    now = timezone.now()
    return upload_of(upload_id, place.owed.contest_id, place.owed.station_id, place.user.pk, now=now)


def _whole_number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 12 else None  # noqa: PLR2004
