# Each target sets up what it needs by itself; see README.md.
SHELL := /bin/bash
.PHONY: run test check release end-to-end torture fuzz sanitize mutants hardware-test \
  independent-test

# Simulated sensors and a receiver on this machine. DEMO_SECONDS=20 ends it after 20 s. At a terminal
# `set -m` lets Ctrl-C reach the script alone, for make would end with an error.
run: release
	@if [ -t 0 ]; then set -m; scripts/demo; else exec scripts/demo; fi

# The unit tests.
test:
	@scripts/test

# What a change must pass before it is proposed: format, build without a warning, unit tests.
check:
	@scripts/install-packages
	@scripts/lint
	@scripts/test

release:
	@scripts/build-release

# The built programs against a receiver that breaks on demand.
end-to-end: release
	@Tests/EndToEnd/run .build/release

# The agent killed again and again under load; see Tests/Torture/README.md.
torture: release
	@Tests/Torture/run .build/release

# Random input for whatever reads files, lines and answers; see Tests/Fuzzing/README.md.
fuzz:
	@scripts/fuzz

# The unit tests under AddressSanitizer and ThreadSanitizer.
sanitize:
	@scripts/sanitize address
	@scripts/sanitize thread

# Bugs that are planted, one at a time, and must make a test fail.
mutants:
	@scripts/mutants

# The agent on a kernel with a real GPIO chip and a real I2C bus; see Tests/Hardware/README.md.
hardware-test: release
	@Tests/Hardware/run.sh .build/release

# Other people's drivers read the same model chips; see Tests/Independent/README.md.
independent-test:
	@Tests/Independent/run
