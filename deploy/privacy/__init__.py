"""Publish what the platform keeps of people: a page of the documentation made from the registry of personal data.

python -m deploy.privacy          write docs/privacy.md and docs/zh-hans/privacy.md
python -m deploy.privacy check    fail when one of them is not what the registry says

What is written by hand, such as the points of the law, stands in `page.LANGUAGE.md` beside this module.
"""
