"""Counts of a process for `/metrics`; the rest is read from the database when it is asked for.

Labels have few values, known beforehand: names of actions, tasks and results, never of people, rooms or addresses.
`docs/monitoring.md` describes each. Where the counts of several processes come together: `process_counts`.
"""

from __future__ import annotations

from prometheus_client import Counter, Histogram

# The cloud answers in a tenth of a second; people wait for four, workers for fifteen.
CALL_BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16)
TASK_BUCKETS_S = (0.01, 0.05, 0.25, 1, 5, 15, 30, 60, 300)
BUDGET_BUCKETS_S = (0.001, 0.1, 0.5, 1, 3, 6, 20, 60)

CALLBACKS = Counter(
    "edu_callbacks",
    "Callbacks of the cloud that came, by what became of them.",
    ["result"],
)
CLOUD_CALLS = Counter(
    "edu_cloud_calls",
    "Calls to the cloud, by action and by what came back.",
    ["action", "result"],
)
CLOUD_CALL_TIME = Histogram(
    "edu_cloud_call_duration_seconds",
    "How long the cloud took to answer, or not to.",
    ["action"],
    buckets=CALL_BUCKETS_S,
)
CLOUD_BUDGET_WAIT = Histogram(
    "edu_cloud_budget_wait_seconds",
    "How long calls waited for their place among those that the cloud allows a second, by who waited.",
    ["priority"],
    buckets=BUDGET_BUCKETS_S,
)
CLOUD_BUDGET_REFUSED = Counter(
    "edu_cloud_budget_refused",
    "Calls that were not made, because no place came free in time, by who waited.",
    ["priority"],
)
FEEDS = Counter(
    "edu_calendar_feed_requests",
    "Calendars that programs asked for, by what they were given.",
    ["result"],
)
GUESSES_REFUSED = Counter(
    "edu_guesses_refused",
    "Requests for secret addresses that were refused, because their client address had guessed wrong too often.",
)
UPLOADS = Counter(
    "edu_uploads",
    "Uploads of courseware, by what became of them.",
    ["result"],
)
TASKS = Counter(
    "edu_tasks",
    "Tasks that workers ran, by their end.",
    ["task", "result"],
)
TASK_TIME = Histogram(
    "edu_task_duration_seconds",
    "How long tasks took.",
    ["task"],
    buckets=TASK_BUCKETS_S,
)
