from __future__ import annotations

from django.urls import path

from courseware.views import (
    cloud_fetch,
    lessons,
    lists,
    owner_actions,
    preview_and_download,
    replacing,
    tus_uploads,
    upload_form,
)

app_name = "courseware"

urlpatterns = [
    path("", lists.index, name="list"),
    path("upload/", upload_form.upload, name="upload"),
    path("uploads/", tus_uploads.collection, name="uploads"),
    path("uploads/<slug:code>/", tus_uploads.item, name="upload_parts"),
    path("lessons/<slug:code>/", lessons.lesson, name="lesson"),
    path("lessons/<slug:code>/bind/", lessons.bind, name="bind"),
    path("lessons/<slug:code>/change/", lessons.change, name="change_binding"),
    path("lessons/<slug:code>/move/", lessons.move, name="move_binding"),
    path("lessons/<slug:code>/remove/", lessons.remove, name="unbind"),
    path(
        "lessons/<slug:code>/remove-from-course/",
        lessons.remove_from_course,
        name="unbind_from_course",
    ),
    path("fetch/<str:token>/<str:name>", cloud_fetch.fetch, name="fetch"),
    path("<slug:code>/", lists.detail, name="detail"),
    path("<slug:code>/state/", lists.state, name="state"),
    path("<slug:code>/preview/", preview_and_download.preview, name="preview"),
    path("<slug:code>/media/", preview_and_download.media, name="media"),
    path("<slug:code>/thumbnail/", preview_and_download.thumbnail, name="thumbnail"),
    path("<slug:code>/file/", preview_and_download.download, name="file"),
    path("<slug:code>/rename/", owner_actions.rename, name="rename"),
    path("<slug:code>/public/", owner_actions.set_public, name="public"),
    path("<slug:code>/tags/", owner_actions.set_tags, name="tags"),
    path("<slug:code>/replace/", replacing.replace, name="replace"),
    path("<slug:code>/replace/retry/", replacing.retry, name="retry_newer"),
    path("<slug:code>/replace/keep/", replacing.keep, name="keep_present"),
    path("<slug:code>/retry/", owner_actions.retry, name="retry"),
    path("<slug:code>/delete/", owner_actions.delete, name="delete"),
]
