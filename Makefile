# Every target works from a bare clone: what it needs is built first.
#   PYTHON      the interpreter for .venv   (the one of .venv, else python3 or a quicker one)
#   PORT        the demo's web port         (8000)
#   CLOUD_PORT  the demo's classroom cloud  (8100)
#   VERBOSE     1: the demo shows its logs  (they are in var/log/ anyway)
#   ARGS        further words: make test ARGS="-k timetable", make manage ARGS="import_lessons FILE",
#               make bench ARGS="pages rush"

RUN = .venv/bin/python

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' Makefile | awk -F'|' '{printf "%-16s %s\n", $$1, $$2}'

setup: ## .venv with requirements.txt and requirements-dev.txt
	@sh deploy/setup.sh "$(PYTHON)"

demo: setup ## a demo school in the foreground, until Ctrl-C
	@exec $(RUN) -m deploy.demo

manage: setup ## a command of manage.py on the demo's school: make manage ARGS="import_lessons lessons.csv"
	@exec $(RUN) -m deploy.demo manage $(ARGS)

test: setup ## all tests: on PostgreSQL with Valkey, on SQLite what can differ, in a browser
	@exec $(RUN) -m deploy.test $(ARGS)

test-clock: setup ## the tests of days and hours at other moments: midnight, 29 February, when clocks change
	@exec $(RUN) -m deploy.test_clock $(ARGS)

check: setup ## lint, format, types, import direction, migrations, deploy check, messages
	@exec $(RUN) -m deploy.check

fmt: setup ## put code and templates into form
	@$(RUN) -m ruff check --fix --quiet .
	@$(RUN) -m ruff format .
	@$(RUN) -m djlint --reformat --quiet templates localcloud/templates

messages: setup ## bring the message catalogues up to the code and compile them
	@$(RUN) -m deploy.messages extract
	@$(RUN) -m deploy.messages compile

pictures: setup ## the pictures of the help pages, of a demo of their own; takes some minutes
	@exec $(RUN) -m deploy.pictures

soak: setup ## a school in use while everything around it fails; ARGS="--minutes 5 --seed 7"
	@exec $(RUN) -m deploy.soak $(ARGS)

bench: setup ## the benchmarks, and one table of all that they measured
	@exec $(RUN) bench $(ARGS)

.PHONY: help setup demo manage test test-clock check fmt messages pictures soak bench
