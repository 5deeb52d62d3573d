# Thin names for scripts. `make demo` deploys a real site with the tools; `make demo KEEP=1` leaves it running.
.PHONY: demo test test-long lint bench release install package

PREFIX ?= /usr/local
TOOLS := reqlock pyfetch pyvenv-offline etcsync relswitch prodcheck

demo:
	KEEP=$(KEEP) scripts/demo

test:
	scripts/check

# What takes minutes: kills at every call, of what is shipped, and the like.
test-long:
	cargo build --release --locked -p etcsync -p relswitch --bins
	ETCSYNC_PROGRAM=$(CURDIR)/target/release/etcsync RELSWITCH_PROGRAM=$(CURDIR)/target/release/relswitch \
	    cargo test --workspace --locked -- --ignored

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	mandoc -T lint -W warning man/*.[1-9]

bench:
	cd scripts/bench/pyspec && cargo bench
	cargo build --release --locked -p relswitch -p disk -p pyfetch -p etcsync --bins --examples
	scripts/bench/rel
	scripts/bench/etc
	scripts/bench/fetch
	scripts/bench/lock
	scripts/bench/fleet
	cargo build --release --locked --bins && scripts/bench/deploy
	cargo build --release --locked -p pyvenv-offline -p wheel --bin pyvenv-offline --example floor
	scripts/bench/venv

# As the caller builds, so is installed: build first (no root), then `sudo make install`. BUILD=DIR takes binaries
# that are there already.
BUILD ?= target/release
SHARE = $(DESTDIR)$(PREFIX)/share
GLUE := deploy.sh deploy.mk post-receive fabfile.py

release:
	cargo build --release --bins --locked

install: $(if $(filter target/release,$(BUILD)),release)
	install -d $(DESTDIR)$(PREFIX)/bin $(SHARE)/man/man1 $(SHARE)/man/man7 $(SHARE)/pydeploy-tools \
	    $(SHARE)/bash-completion/completions $(SHARE)/zsh/site-functions $(SHARE)/fish/vendor_completions.d
	install -m 755 $(TOOLS:%=$(BUILD)/%) $(DESTDIR)$(PREFIX)/bin
	install -m 644 man/*.1 $(SHARE)/man/man1
	install -m 644 man/*.7 $(SHARE)/man/man7
	for tool in $(TOOLS); do \
	    $(BUILD)/$$tool --completions bash >$(SHARE)/bash-completion/completions/$$tool && \
	    $(BUILD)/$$tool --completions zsh >$(SHARE)/zsh/site-functions/_$$tool && \
	    $(BUILD)/$$tool --completions fish >$(SHARE)/fish/vendor_completions.d/$$tool.fish || exit 1; \
	done
	install -m 755 $(GLUE:%=scripts/%) $(SHARE)/pydeploy-tools
	install -D -m 644 scripts/ansible/deploy.yml $(SHARE)/pydeploy-tools/ansible/deploy.yml

# A Debian package and a wheel, in target/package.
package: $(if $(filter target/release,$(BUILD)),release)
	scripts/package/deb $(BUILD)
	scripts/package/wheel $(BUILD)
