# deploy.mk: the steps of development as a Makefile, to be included by a project's own:
#
#     HOSTS := deploy@web1 deploy@web2
#     include /usr/local/share/pydeploy-tools/deploy.mk
#
#     make lock      the lock, if requirements.in is newer
#     make fetch     the wheels, if the lock is newer
#     make upgrade   lock anew with the newest versions; make upgrade PACKAGE=django for one
#     make venv      a development environment, the same as production's
#     make check     are lock and wheels whole? asks nobody
#     make push      wheels and commit to every host; each deploys it (post-receive), and is asked whether it did
#     make status    what every host serves
#     make rollback  every host back to the release before
#
# Each step depends on the files of the one before, so `make push` does what is missing and nothing twice.

HOSTS ?=
APP ?= /srv/$(notdir $(CURDIR))
BRANCH ?= main
PYTHON ?= python3
# More for reqlock and pyfetch: --target, --build-lock, --index-url.
LOCK_FLAGS ?=
FETCH_FLAGS ?=
SSH ?= ssh

.PHONY: lock fetch upgrade check push status rollback
.DELETE_ON_ERROR:

lock: requirements.txt
fetch: requirements.wheels.txt

requirements.txt: requirements.in
	reqlock $< -o $@ --python $(PYTHON) $(LOCK_FLAGS)
	@touch $@

# The emitted lock stands for the wheelhouse: it is written last, with the hashes of exactly the wheels there.
requirements.wheels.txt: requirements.txt
	pyfetch -r $< -o wheels --emit-lock $@ --python $(PYTHON) $(FETCH_FLAGS)
	@touch $@

upgrade:
	reqlock requirements.in -o requirements.txt --python $(PYTHON) $(if $(PACKAGE),-P $(PACKAGE),-U) $(LOCK_FLAGS)
	$(MAKE) fetch

# An environment is made new every time. Its scripts name the place that it is made for, so it is not moved there.
venv: requirements.wheels.txt
	rm -rf $@
	pyvenv-offline -r $< -w wheels --python $(PYTHON) $@

check:
	reqlock --check requirements.in -o requirements.txt
	pyfetch --check -r requirements.txt -o wheels --python $(PYTHON)

push: requirements.wheels.txt $(HOSTS:%=push-to-%)
status: $(HOSTS:%=status-of-%)
rollback: $(HOSTS:%=rollback-of-%)

# The wheels first, into a folder that is named by their lock and appears whole.
push-to-%: requirements.wheels.txt
	git diff --quiet HEAD -- requirements.txt requirements.wheels.txt
	digest=$$(sha256sum requirements.wheels.txt | cut -d' ' -f1); to=$(APP)/wheels; \
	$(SSH) $* test -d $$to/$$digest || { \
	    rsync -a --rsh='$(SSH)' wheels/ $*:$$to/.$$digest.part/ && $(SSH) $* mv $$to/.$$digest.part $$to/$$digest; }
	GIT_SSH_COMMAND='$(SSH)' git push $*:$(APP)/repo.git HEAD:$(BRANCH)
	$(SSH) $* relswitch status -C $(APP) --expect $$(git rev-parse HEAD) --format none

status-of-%:
	$(SSH) $* relswitch status -C $(APP) --format text

rollback-of-%:
	$(SSH) $* relswitch rollback -C $(APP) --format text
