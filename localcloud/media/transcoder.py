"""Transcodes courseware in the background, outside the lock.

A transcode that a stop or a kill interrupted stays due, so that the next start does it again.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from localcloud.cloud import Cloud
from localcloud.errors import TranscodeError
from localcloud.media import conversion, download
from localcloud.state import documents, scripted_outcomes, transcode_settings
from localcloud.state.documents import Document, Outcome
from localcloud.state.transcode_settings import TranscodeSettings

TRANSCODERS = 2  # threads
POLL_S = 0.5  # how late a delayed document may be noticed
REPORT_EVERY = 5  # percent: not a write for each page


class Transcoder:
    """Transcodes courseware; shared by the transcoding threads."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._busy: set[str] = set()

    def step(self) -> float:
        """Transcode one document that is due; return 0 to go on at once, else the seconds to wait."""
        job = self._next_job()
        if job is None:
            return POLL_S
        document, settings = job
        try:
            self._work(document, settings)
        finally:
            with self._cloud.lock:
                self._busy.discard(document.document_id)
        return 0

    def _next_job(self) -> tuple[Document, TranscodeSettings] | None:
        with self._cloud.lock:
            settings = transcode_settings.load(self._cloud)
            if settings.stuck:
                return None
            stuck = {
                scripted.name
                for scripted in scripted_outcomes.all_outcomes(self._cloud)
                if scripted.stuck
            }
            for document in documents.waiting(self._cloud):
                is_stuck = document.fields["DocumentName"] in stuck
                if not is_stuck and document.document_id not in self._busy:
                    self._busy.add(document.document_id)
                    return document, settings
        return None

    def _work(self, document: Document, settings: TranscodeSettings) -> None:
        cloud = self._cloud
        work = documents.work_folder_of(cloud, document.task_id)
        final = documents.folder_of(cloud, document.task_id)
        try:
            outcome = self._outcome(document, settings, work, final)
        except TranscodeError as error:
            if cloud.stopping.is_set():
                return
            sys.stderr.write(f"transcode of {document.document_id} failed: {error}\n")
            outcome = Outcome(state=documents.FAILED, result=error.code, info=error.message)
        finally:
            # After a stop the folder belongs to the next start, which clears it and may be using it.
            if not cloud.stopping.is_set():
                shutil.rmtree(work, ignore_errors=True)
        with cloud.transaction():
            is_kept = documents.close(cloud, document, outcome)
        if not is_kept:  # deleted meanwhile
            shutil.rmtree(final, ignore_errors=True)

    def _outcome(
        self, document: Document, settings: TranscodeSettings, work: Path, final: Path
    ) -> Outcome:
        """Make the files; the folder `final` appears complete or not at all."""
        if settings.fail:
            raise TranscodeError("TranscodeFailed", settings.fail)
        report = self._reporter(document)
        for folder in (work, final):  # left behind by a stop
            shutil.rmtree(folder, ignore_errors=True)
        try:
            source = work / f"source.{conversion.suffix_of(document)}"
            made = work / "made"
            made.mkdir(parents=True)
            url, stopping = document.fields["DocumentUrl"], self._cloud.stopping
            size_bytes = download.fetch(url, source, stopping=stopping)
            report(conversion.FETCHED)
            outcome = conversion.convert(document, source, made, report=report, stopping=stopping)
            made.rename(final)
        except OSError as error:
            raise TranscodeError("TranscodeFailed", f"转码失败：{error.strerror}") from error
        pages = 0 if settings.zero_pages else outcome.pages
        return replace(outcome, pages=pages, size_bytes=size_bytes)

    def _reporter(self, document: Document) -> Callable[[int], None]:
        reported = 0

        def report(percent: int) -> None:
            nonlocal reported
            if percent < reported + REPORT_EVERY:
                return
            reported = percent
            with self._cloud.transaction():
                documents.raise_progress(self._cloud, document, percent)

        return report
