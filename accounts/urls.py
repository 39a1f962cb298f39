"""Pages of one's own account, and the one-time enrolment."""

from django.urls import include, path

from accounts import people, views

urlpatterns = [
    path("account/", views.account, name="account"),
    path("account/", include("allauth.urls")),
    path("people/", people.people, name="people"),
    path("people/<str:station>/", people.station_people, name="people-station"),
    path("people/<str:station>/appoint/", people.appoint, name="people-appoint"),
    path("people/<str:station>/<int:appointment>/substitute/", people.substitute, name="people-substitute"),
    path("people/<str:station>/<int:appointment>/revoke/", people.revoke, name="people-revoke"),
    path("people/<str:station>/<int:appointment>/link/", people.renew, name="people-renew"),
    path("enrol/<str:secret>/", views.enrol, name="enrol"),
]
