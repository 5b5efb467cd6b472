"""A local stand-in for the LCIC classroom cloud.

It speaks the cloud's API 3.0 protocol (version 2022-08-17) over plain HTTP, keeps the cloud's rules, makes
recordings, transcodes courseware, sends callbacks, and has a class page, a console and a control interface
for tests. What it does not know it refuses. Nothing of the platform is imported here, and nothing of the
platform imports this.

Source: Tencent Cloud LCIC API (document/product/1639) and the models of tencentcloud-sdk-python-lcic 3.1.134.
"""
