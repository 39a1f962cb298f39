"""A stored file on its way to a browser: copies to be shown, originals to be kept and never to be run."""

from __future__ import annotations

from django.http import FileResponse, Http404

from tallies.photographs.store import open_stored


def copy_response(sha256: str, *, cache: str) -> FileResponse:
    """Answer with a copy of a page, for who was allowed it. Its name is its hash: it never changes.

    Raises Http404 when the file is missing from the store.
    """
    try:
        stored = open_stored(sha256)
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(stored, content_type="image/jpeg", filename=f"{sha256[:12]}.jpg")
    response["Cache-Control"] = cache
    response["ETag"] = f'"{sha256}"'
    # Browsers lay a picture out that is opened by itself, with styles of their own.
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def original_response(sha256: str, *, name: str) -> FileResponse:
    """Answer with an original as it came, for who was allowed it: to be saved under this name.

    Raises Http404 when the file is missing from the store.
    """
    try:
        stored = open_stored(sha256)
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(stored, as_attachment=True, filename=name, content_type="application/octet-stream")
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
