"""The classroom cloud (Tencent Cloud LCIC, API 3.0 version 2022-08-17) behind typed functions.

Callers use `classroom.client.rooms` and `classroom.client.users`, which take and return our own
dataclasses and raise the three errors of `classroom.client.errors`. Nothing here knows a lesson,
a person of the school, or a database row.
"""
