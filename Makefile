.DEFAULT_GOAL := help
VENV := .venv
PYTHON := $(VENV)/bin/python
READY := $(VENV)/.ready node_modules/.package-lock.json
SITE := build/docs/.ready
GENERATORS := build/clients/.ready tests/clients/node_modules/.package-lock.json
CDK := node_modules/.bin/cdk --context env=$(ENV) --no-notices
PAGES := web/dist/index.html
WEB := npm run --silent --workspace web
# Empty without Node.js, where `make run` serves the API without its pages.
NPM := $(shell sh -c 'command -v node >/dev/null && command -v npm')
# One line about what is missing or too old.
LACKING = $(shell sh tools/preflight.sh $(PREFLIGHT))
# Compiled once instead of by each of the hundred processes that tests start, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE
# Node 20 runs the CDK still; without this it says at length that it is old.
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION ?= 20

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: PREFLIGHT := --node-optional
run: $(VENV)/.ready $(if $(NPM),node_modules/.package-lock.json $(PAGES)) ## Run the whole service on this machine, at PORT (default 8000)
	@exec $(PYTHON) -m local

invoke: PREFLIGHT := --node-optional
invoke: $(VENV)/.ready ## Run one handler on one event: make invoke FUNCTION=forgot EVENT=local/events/forgot.json
	@$(PYTHON) -m local.invoke "$(FUNCTION)" "$(EVENT)"

test: $(READY) $(PAGES) ## Run all tests
	$(WEB) test
	$(PYTHON) -m pytest --numprocesses 3 --dist loadgroup

states: $(READY) $(PAGES) ## Look at every state of every page, in every language, and go every way in three engines
	WHOLE=1 $(PYTHON) -m pytest --quiet --numprocesses 2 --dist loadgroup tests/browser/test_states.py tests/browser/test_engines.py

preview: $(VENV)/.ready previewable $(READY) $(PAGES) ## Show every email, message and page state: make preview LANGUAGES=de,ja BRAND=acme PNG=1
	@LANGUAGES="$(LANGUAGES)" BRAND="$(BRAND)" PNG="$(PNG)" $(PYTHON) -m tests.preview

# Before the pages are built, which takes a minute.
previewable: | $(VENV)/.ready
	@LANGUAGES="$(LANGUAGES)" BRAND="$(BRAND)" $(PYTHON) -m tests.preview --check

check: $(READY) $(PAGES) ## Check style, types, secrets, licences and generated files
	@$(MAKE) --no-print-directory types
	@$(MAKE) --no-print-directory --jobs 2 --output-sync style scripts generated collected

# On a busy machine its workers may start later than it waits for: one alone decides.
types:
	$(VENV)/bin/mypy --num-workers 2 || $(VENV)/bin/mypy

style:
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/bandit --quiet --configfile pyproject.toml --recursive app.py benchmarks functions infra layers/shared local tools
	$(PYTHON) -m tools.secret_scan

scripts:
	$(WEB) typecheck

generated:
	$(PYTHON) -m local.openapi --check
	$(PYTHON) -m tools.licences

# It compiles what the tests import once, instead of in each of their workers.
collected:
	$(PYTHON) -m pytest --collect-only -qqq

security: $(READY) $(PAGES) ## Run the tests of each row of the standards, and print the results
	WHOLE=1 $(PYTHON) -m pytest --rows --numprocesses 3 --dist loadgroup

fuzz: $(READY) $(PAGES) ## Send 20,000 hostile events to the handlers, try 10,000 guesses, compare 600 account histories with a model
	nice $(PYTHON) -m pytest --numprocesses 2 --hypothesis-profile fuzz --timeout 1800 --durations 5 tests/hostile tests/model tests/engine/test_guessing.py

green: $(READY) $(PAGES) ## Run all tests TIMES (10) in a row, and stop at the first that fails
	@for turn in $$(seq $(or $(TIMES),10)); do echo "turn $$turn"; $(MAKE) --no-print-directory test || exit; done

faults: $(READY) ## Inject a fault at every AWS call of every use case, and list the outcomes
	WHOLE=1 $(PYTHON) -m pytest --quiet --numprocesses 2 tests/faults tests/handlers/test_cognito.py
	@cat build/faults/*.txt && echo "$$(cat build/faults/*.txt | wc -l) faults"

mutants: $(READY) ## Break the code on purpose, place by place, and fail if the tests don't notice
	@$(PYTHON) -m tests.mutants

audit: $(READY) ## Check every locked package for known vulnerabilities (needs a network)
	@$(PYTHON) -m tools.audit

sbom: $(READY) ## Write bills of materials (CycloneDX, with licences) to build/sbom
	@$(PYTHON) -m tools.sbom

notices: $(READY) ## Update the third-party notices of the layer and the pages from the lock files
	@$(PYTHON) -m tools.licences --write

bench: $(READY) $(PAGES) ## Measure cold starts, warm requests, timing, pages and sizes, and update docs/performance.*
	@$(PYTHON) -m benchmarks

load: $(READY) ## Run a load test on a real DynamoDB engine: make load REQUESTS=100000 SECONDS=900 TOKENS=1000000, or the deployed stack's: DEPLOYED=1
ifdef DEPLOYED
	$(PYTHON) -m benchmarks.load.deployed
else
	$(PYTHON) -m benchmarks.load $(if $(REQUESTS),--requests $(REQUESTS)) $(if $(SECONDS),--seconds $(SECONDS)) \
		$(if $(TOKENS),--tokens $(TOKENS)) --picture docs/load.svg
endif

cost: $(READY) ## Work out what FLOWS (default 1000000) resets a month cost, and update docs/cost.md
	@FLOWS="$(FLOWS)" $(PYTHON) -m benchmarks.cost

mail-proof: $(READY) ## Score every email with SpamAssassin, sign and verify it with DKIM, count SMS segments
	@$(PYTHON) -m tools.mail_proof

mail-check: $(READY) ## Send a test email, and explain what stops it: make mail-check ENV=prod TO=user@example.com
	@ENV="$(ENV)" STACK="$(STACK)" $(PYTHON) -m tools.mail_check "$(TO)"

users-check: $(READY) ## Check the users table, and what would go wrong, without writing: make users-check ENV=prod EMAIL=user@example.com
	@ENV="$(ENV)" STACK="$(STACK)" $(PYTHON) -m tools.users_check $(if $(EMAIL),"$(EMAIL)")

format: $(READY) ## Format the code, and fix what the linter can fix
	$(VENV)/bin/ruff format
	$(VENV)/bin/ruff check --fix

new-brand: $(VENV)/.ready ## Write a brand that works, and what may be changed in it: make new-brand NAME=acme
	@$(PYTHON) -m tools.new_brand "$(NAME)"

words: $(READY) ## Update months, plurals and the layout of every language's catalogue from the CLDR
	@$(PYTHON) -m tools.cldr

openapi: $(READY) ## Update docs/openapi.json and the other schemas in docs/ from the models
	$(PYTHON) -m local.openapi

package: $(READY) $(PAGES) ## Build the wheel password-reset-cdk, for CDK apps of your own, in build/package/dist
	@$(PYTHON) -m tools.package

template: $(READY) $(PAGES) ## Write an environment as a template with zips to build/template, for SAM, Terraform or CloudFormation: make template ENV=dev
	@ENV="$(ENV)" FIRST="$(FIRST)" $(PYTHON) -m tools.template

synth: $(READY) $(PAGES) ## Build the template of an environment in cdk.out: make synth ENV=dev
	@$(CDK) synth --quiet $(ARGS)

diff: $(READY) $(PAGES) ## Show what a deployment would change: make diff ENV=dev
	@$(CDK) diff $(ARGS)

bootstrap: $(READY) ## Prepare an environment's account and region for the CDK, once: make bootstrap ENV=dev
	@ENV="$(ENV)" $(PYTHON) -m tools.bootstrap $(ARGS)

firewall: $(READY) ## Write the template of a firewall for a distribution, where SOURCE is cloudfront: make firewall ENV=prod
	@ENV="$(ENV)" $(PYTHON) -m tools.firewall_template

doctor: $(READY) ## Say what would stop a deployment or go unnoticed, without writing: make doctor ENV=dev
	@ENV="$(ENV)" STACK="$(STACK)" $(PYTHON) -m tools.doctor

deploy: $(READY) $(PAGES) ## Deploy an environment, between the doctor and the smoke test (SMOKE=no): make deploy ENV=dev
	@ENV="$(ENV)" SMOKE="$(SMOKE)" $(PYTHON) -m tools.deploy $(ARGS)

destroy: $(READY) ## Delete an environment, but keep protected data: make destroy ENV=dev
	@$(CDK) destroy $(ARGS)

rotate-secret: $(READY) ## Replace a secret's value: make rotate-secret ENV=dev SECRET=pepper (or session-key, origin)
	@ENV="$(ENV)" STACK="$(STACK)" $(PYTHON) -m tools.rotate_secret "$(or $(SECRET),pepper)"

smoke: $(READY) ## Check any address from outside: make smoke URL=http://127.0.0.1:8000 or ENV=dev (or STACK=name)
	@URL="$(URL)" ENV="$(ENV)" STACK="$(STACK)" ORIGIN="$(ORIGIN)" PAGES="$(PAGES)" IMAP="$(IMAP)" TO="$(TO)" $(PYTHON) -m tools.smoke

deploy-test: $(READY) ## Deploy every environment to an AWS emulator on this machine, and check each from outside
	$(PYTHON) -m pytest tests/infra/test_deploy.py tests/scheduled

clients: $(READY) $(GENERATORS) ## Run the whole flow with generated clients in two languages, with the npm packages, and in the example frontends
	$(PYTHON) -m pytest tests/clients

docs: $(READY) $(SITE) $(PAGES) ## Build the documentation as a site in build/site, searchable, with previews, and every link checked
	@unset BRAND BRANDING; LANGUAGES=en $(PYTHON) -m tests.preview
	@$(PYTHON) -m tools.site

packages: $(READY) ## Build the npm packages under a name of yours in build/packages: make packages NAME=@acme/password-reset
	@node packages/pack.mjs "$(NAME)"

iam: $(READY) ## Update docs/iam.md, the permissions of each function, from the template
	@$(PYTHON) -m infra.permissions

lock: $(READY) ## Update all lock files, with hashes and without download addresses
	$(VENV)/bin/uv pip compile pyproject.toml --group dev --universal --python-version 3.13 $(LOCK) -o requirements/dev.txt
	$(VENV)/bin/uv pip compile pyproject.toml --python-platform aarch64-manylinux_2_28 --python-version 3.13 $(LOCK) \
		--constraints requirements/dev.txt -o layers/dependencies/requirements.txt
	$(VENV)/bin/uv pip compile --group emulator --universal --python-version 3.13 $(LOCK) -o requirements/emulator.txt
	$(VENV)/bin/uv pip compile --group docs --universal --python-version 3.13 $(LOCK) -o requirements/docs.txt
	$(VENV)/bin/uv pip compile --group clients --universal --python-version 3.13 $(LOCK) -o requirements/clients.txt
	for group in bench-runtime bench-ordinary bench-django; do $(VENV)/bin/uv pip compile --group $$group --universal \
		--python-version 3.13 $(LOCK) --constraints requirements/dev.txt -o requirements/$$group.txt || exit; done
	npm update --package-lock-only
	npm update --package-lock-only --prefix tests/clients
	npm update --package-lock-only --prefix examples/frontends
LOCK := --upgrade --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet

clean: ## Delete everything that other targets created
	rm -rf $(VENV) node_modules .mypy_cache .ruff_cache .pytest_cache build cdk.out web/dist

preflight:
	@$(if $(LACKING),$(error $(LACKING))):

$(VENV)/.ready: requirements/dev.txt | preflight
	$$(sh tools/preflight.sh --python) -m venv --clear $(VENV)
	awk '/^uv==/ { uv = 1 } uv; uv && !/\\$$/ { exit }' $< > $(VENV)/uv.txt
	$(VENV)/bin/pip install -qq --disable-pip-version-check --require-hashes -r $(VENV)/uv.txt
	$(PYTHON) -m infra.uv -q --python $(PYTHON) --require-hashes -r $<
	echo "$(CURDIR)/layers/shared/python" > $$($(PYTHON) -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/password_reset.pth
	touch $@

node_modules/.package-lock.json: package-lock.json | preflight
	npm ci --silent
	touch $@

tests/clients/node_modules/.package-lock.json: tests/clients/package-lock.json | preflight
	npm ci --silent --prefix tests/clients
	touch $@

build/docs/.ready: requirements/docs.txt | $(VENV)/.ready
	$(PYTHON) -m venv --clear --without-pip build/docs
	$(PYTHON) -m infra.uv -q --python build/docs/bin/python --require-hashes -r $<
	touch $@

build/clients/.ready: requirements/clients.txt | $(VENV)/.ready
	$(PYTHON) -m venv --clear --without-pip build/clients
	$(PYTHON) -m infra.uv -q --python build/clients/bin/python --require-hashes -r $<
	touch $@

$(PAGES): node_modules/.package-lock.json docs/openapi.json web/index.html web/package.json web/tsconfig.json \
		web/vite.config.ts web/not-found.html $(wildcard web/public/*) \
		web/aliases.js web/catalogues.js $(wildcard layers/shared/python/password_reset/channels/words/locales/*) \
		$(shell find packages web/src -type f -path '*/src/*' ! -name openapi.ts ! -path 'web/src/locales/*')
	$(WEB) build

.PHONY: types style scripts generated collected preflight preview previewable states help run invoke test green check security fuzz faults mutants audit sbom notices bench load cost mail-proof mail-check users-check format openapi new-brand words package template synth diff bootstrap firewall doctor deploy destroy rotate-secret deploy-test smoke clients docs packages iam lock clean
