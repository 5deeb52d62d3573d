# Thin names for scripts. `make demo` deploys a real site with the tools; `make demo KEEP=1` leaves it running.
.PHONY: demo test test-long lint bench install

PREFIX ?= /usr/local
TOOLS := reqlock pyfetch pyvenv-offline etcsync relswitch prodcheck

demo:
	KEEP=$(KEEP) scripts/demo

test:
	scripts/check

# What takes minutes: kills at every call, and the like.
test-long:
	cargo test --workspace --locked -- --ignored

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	mandoc -T lint -W warning man/*.[1-9]

bench:
	cd scripts/bench/pyspec && cargo bench
	cargo build --release --locked -p relswitch -p disk --bins --examples
	scripts/bench/rel

# As the caller builds, so is installed: build first (no root), then `sudo make install`.
install:
	cargo build --release --bins --locked
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man7
	install -m 755 $(TOOLS:%=target/release/%) $(DESTDIR)$(PREFIX)/bin
	install -m 644 man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 man/*.7 $(DESTDIR)$(PREFIX)/share/man/man7
