"""Pages of one's own account, and the one-time enrolment."""

from django.urls import include, path

from accounts import views

urlpatterns = [
    path("account/", views.account, name="account"),
    path("account/", include("allauth.urls")),
    path("enrol/<str:secret>/", views.enrol, name="enrol"),
]
