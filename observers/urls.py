"""Pages of observers and commissions."""

from django.urls import path

from observers import views

urlpatterns = [
    path("observe/", views.events, name="observers"),
    path("observe/events/<int:event_id>/", views.event, name="observers-event"),
    path("observe/results/", views.choose_results, name="observers-choose-results"),
    path("observe/results/<str:contest>/<str:place>/", views.results, name="observers-results"),
]
