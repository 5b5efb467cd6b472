from __future__ import annotations

from django.urls import path

from replays.views import details, lists, overdue, playback, shares, trash, usage

app_name = "replays"

urlpatterns = [
    path("", lists.index, name="list"),
    path("late/", overdue.index, name="late"),
    path("late/ask/", overdue.ask_all, name="ask_all"),
    path("delete/", trash.delete_many, name="delete_many"),
    path("export/", lists.export, name="export"),
    path("usage/", usage.index, name="usage"),
    path("usage.xlsx", usage.xlsx, name="usage_xlsx"),
    path("shared/<str:token>/", shares.shared, name="shared"),
    # Also without the slash, as messengers cut links off: a redirect would expose the token.
    path("shared/<str:token>", shares.shared, name="shared_cut"),
    path("shared/<str:token>/play", shares.play, name="shared_play_cut"),
    path("shared/<str:token>/download", shares.download, name="shared_download_cut"),
    path("shared/<str:token>/play/", shares.play, name="shared_play"),
    path(
        "shared/<str:token>/play/<int:number>/<path:name>",
        shares.play_part,
        name="shared_play_part",
    ),
    path("shared/<str:token>/download/", shares.download, name="shared_download"),
    path("<slug:code>/", details.detail, name="detail"),
    path("<slug:code>/play/", playback.play, name="play"),
    path("<slug:code>/play/<int:number>/<path:name>", playback.play_part, name="play_part"),
    path("<slug:code>/download/", playback.download, name="download"),
    path("<slug:code>/ask/", overdue.ask, name="ask"),
    path("<slug:code>/delete/", trash.delete, name="delete"),
    path("<slug:code>/restore/", trash.restore, name="restore"),
    path("<slug:code>/progress/", details.progress, name="progress"),
    path("<slug:code>/share/", shares.share, name="share"),
    path("<slug:code>/share/revoke/", shares.revoke, name="revoke_share"),
]
