# SPDX-License-Identifier: GPL-2.0-only
# nsaccel. "make help" lists the targets.
#
# Variables: V=1 (show commands), O=DIR (output, default build), SANITIZE=1 (ASan and UBSan, in
# $(O)-sanitize), CLANG=clang-19 (compiles the BPF programs), CC, CFLAGS, LDFLAGS, DESTDIR,
# PREFIX, FUZZ_SECONDS (of each fuzzer), ADVERSARY_FRAMES (in each scenario), BENCH_ARGS, SECONDS and
# SEED (of check-diff), SECONDS (of stress, for each topic), MUTANTS (of check-mutants: names, or all).

O ?= build
PREFIX ?= /usr/local
CLANG ?= clang
LLVM_STRIP ?= $(subst clang,llvm-strip,$(CLANG))
BPFTOOL ?= $(or $(shell command -v bpftool),/usr/sbin/bpftool)
PKG_CONFIG ?= pkg-config
CFLAGS ?= -O2 -g
FUZZ_SECONDS ?= 60
ADVERSARY_FRAMES ?= 1200000
SECONDS ?= 3600
SEED ?= $(shell date +%s)

VERSION := $(shell cat VERSION)
B := $(O)$(if $(filter 1,$(SANITIZE)),-sanitize)

ifeq ($(V),1)
Q :=
msg = @:
else
Q := @
msg = @printf '  %-8s%s\n' "$(1)" "$(2)"
MAKEFLAGS += --no-print-directory
endif

PACKAGES := libxdp libbpf libmnl jansson libsystemd
WARNINGS := -Wall -Wextra -Werror -Wshadow -Wmissing-prototypes -Wstrict-prototypes
SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
# What a target builds before it runs, on all CPUs.
PARALLEL_MAKE = $(MAKE) -j$(shell nproc)
MULTIARCH := $(shell $(CC) -print-multiarch 2>/dev/null)
# A program's signature is its hook's: a context it doesn't need is no mistake.
BPF_FLAGS := --target=bpf -mcpu=v3 -g -O2 -std=gnu11 \
	-Wall -Wextra -Werror -Wshadow -Wno-unused-parameter \
	-Ivmlinux -Iinclude -iquote bpf -iquote . \
	-idirafter /usr/include/$(MULTIARCH) $(if $(filter x86_64%,$(MULTIARCH)),-DNSA_WEAK_ORDER=0)
# -iquote: a header of ours may be called like one of libc's (features.h).
USER_FLAGS := -std=gnu11 -D_GNU_SOURCE -DNSACCEL_VERSION='"$(VERSION)"' $(WARNINGS) \
	-Iinclude -iquote user -iquote $(B) -iquote . $(shell $(PKG_CONFIG) --cflags $(PACKAGES) 2>/dev/null)
LIBS := $(shell $(PKG_CONFIG) --libs $(PACKAGES) 2>/dev/null)
ifeq ($(SANITIZE),1)
HARDENING := $(SANITIZERS)
else
HARDENING := -fstack-protector-strong -fPIE -D_FORTIFY_SOURCE=2
LINK_FLAGS := -pie -Wl,-z,relro,-z,now
endif

# Sources. Suites and parts that aren't there are empty lists.
BPF_SRCS := $(wildcard bpf/*.bpf.c)
BPF_TEST_SRCS := $(wildcard tests/*/*.bpf.c bench/*.bpf.c)
USER_SRCS := $(wildcard user/*.c user/*/*.c)
C_SRCS = $(filter-out %.bpf.c,$(wildcard $(1)/*.c))
TESTS = $(patsubst %.c,$(B)/%,$(wildcard tests/$(1)/test_*.c))
# What a suite's tests share: its sources that aren't tests.
HELPERS = $(patsubst %.c,$(B)/%.o,$(filter-out tests/$(1)/test_%,$(call C_SRCS,tests/$(1))))

BPF_OBJS := $(BPF_SRCS:bpf/%.c=$(B)/%.o)
BPF_TEST_OBJS := $(BPF_TEST_SRCS:%.c=$(B)/%.o)
SKELETONS := $(patsubst %.bpf.o,%.skel.h,$(BPF_OBJS) $(BPF_TEST_OBJS))
LIB_OBJS := $(patsubst %.c,$(B)/%.o,$(filter-out user/main.c,$(USER_SRCS)))
LIB := $(B)/libnsaccel.a
PROGRAM := $(if $(wildcard user/main.c),$(B)/nsaccel)
UNIT_TESTS := $(patsubst %.c,$(B)/%,$(wildcard tests/unit/*/test_*.c))
# Those that include a header of tests/unit/fake are linked with the fakes in the place of these.
FAKED := user/kernel/% user/firewall/% user/maps/mapped.c user/maps/run_dir.c \
	user/dataplane/netfilter_probe.c user/dataplane/programs.c user/dataplane/dispatcher.c
NOT_FAKED := user/kernel/neigh_release.c user/kernel/xdp_drivers.c
FAKE_TESTS := $(patsubst %.c,$(B)/%,$(shell grep -l '^.include "fake/' tests/unit/*/test_*.c))
FAKE_OBJS := $(patsubst %.c,$(B)/%.o,$(wildcard tests/unit/fake/*.c) \
	$(filter-out user/main.c $(filter-out $(NOT_FAKED),$(filter $(FAKED),$(USER_SRCS))),$(USER_SRCS)))
FAKE_LIB := $(B)/tests/unit/fake/libnsaccel.a
PROG_TESTS := $(call TESTS,prog)
# Programs that scripts use. The sources of TOOL are TOOL.c and TOOL_*.c.
TOOL_SRCS := $(filter-out tests/netns/fault%,$(foreach dir,bench tests/netns tests/vm,$(call C_SRCS,$(dir))))
TOOL_PARTS := $(foreach src,$(TOOL_SRCS),$(filter $(src:.c=)_%.c,$(TOOL_SRCS)))
TOOLS := $(patsubst %.c,$(B)/%,$(filter-out $(TOOL_PARTS),$(TOOL_SRCS)))
PRELOADED := $(B)/tests/netns/fault.so
FUZZERS := $(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_OBJS := $(patsubst %.c,$(B)/fuzz/%.o,$(filter-out user/main.c,$(USER_SRCS)) \
	$(filter-out tests/fuzz/fuzz_%,$(wildcard tests/fuzz/*.c)) $(wildcard tests/unit/world*.c))
# What tests/fuzz/kernel.c answers in the kernel's place.
FUZZ_WRAPPED := recvmsg recvmmsg send getsockopt fopen access nsa_sysctl_read

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all help deps tests check demo bench bench-cost bench-report converge soak adversary stress check-long check-model check-diff check-mutants check-faults check-vm fuzz lint
.PHONY: check-sanitized check-clang19 check-analyzed format analyze compdb install uninstall clean

all: $(PROGRAM) ## the nsaccel command, $(O)/nsaccel

help: ## this list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

# Building

$(B)/.tools: scripts/check-tools.sh
	$(Q)scripts/check-tools.sh $(CLANG) $(LLVM_STRIP) $(BPFTOOL) $(firstword $(CC))
	$(Q)mkdir -p $(@D) && touch $@

define compile-bpf
$(call msg,BPF,$<)
$(Q)mkdir -p $(@D)
$(Q)$(CLANG) $(BPF_FLAGS) -MMD -MP -MF $(@:.o=.d) -MT $@ -c $< -o $@
$(Q)$(LLVM_STRIP) -g $@
endef

$(B)/%.bpf.o: bpf/%.bpf.c Makefile | $(B)/.tools
	$(compile-bpf)

$(B)/%.bpf.o: %.bpf.c Makefile | $(B)/.tools
	$(compile-bpf)

# NOLINT: bpftool wrote it.
$(B)/%.skel.h: $(B)/%.bpf.o
	$(call msg,SKEL,$@)
	$(Q){ echo '/* NOLINTBEGIN */' && $(BPFTOOL) gen skeleton $< name $(*F) && \
		echo '/* NOLINTEND */'; } >$@

# On the first build nothing says yet which object includes which skeleton: make all of them first.
$(B)/%.o: %.c Makefile VERSION | $(B)/.tools $(SKELETONS)
	$(call msg,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(USER_FLAGS) -iquote $(@D) $(HARDENING) $(CFLAGS) -MMD -MP -c $< -o $@

$(LIB): $(LIB_OBJS)
$(FAKE_LIB): $(FAKE_OBJS)
# Quick append: files of several folders have the same name, and none may replace another.
$(LIB) $(FAKE_LIB):
	$(call msg,AR,$@)
	$(Q)mkdir -p $(@D) && rm -f $@
	$(Q)$(AR) qcs $@ $^

define link
$(call msg,LD,$@)
$(Q)$(CC) $(HARDENING) $(CFLAGS) $(LINK_FLAGS) $(LDFLAGS) $(filter %.o,$^) $(filter %.a,$^) $(1) $(LIBS) -o $@
endef

$(B)/nsaccel: $(B)/user/main.o $(LIB)
	$(call link)

# Tests and benchmarks

$(filter-out $(FAKE_TESTS),$(UNIT_TESTS)): $(call HELPERS,unit) $(LIB)
$(FAKE_TESTS): $(FAKE_LIB)
$(UNIT_TESTS): %: %.o
	$(call link,-lcmocka)

$(PROG_TESTS): $(B)/tests/prog/%: $(B)/tests/prog/%.o $(call HELPERS,prog) $(LIB)
	$(call link,-lcmocka)

tool-parts = $(patsubst %.c,$(B)/%.o,$(filter $(1)_%.c,$(TOOL_SRCS)))
$(foreach tool,$(TOOLS),$(eval $(tool): $(call tool-parts,$(tool:$(B)/%=%))))
# It measures what the packet tests test, on their rig.
$(B)/bench/cost: $(call HELPERS,prog)
$(B)/bench/cost: LIBS += -lcmocka
$(B)/bench/cost.o $(B)/bench/cost_kinds.o: USER_FLAGS += -iquote tests/prog
$(TOOLS): $(B)/%: $(B)/%.o $(LIB)
	$(call link)

$(PRELOADED): tests/netns/fault.c tests/netns/fault_calls.c tests/netns/fault.h Makefile
	$(call msg,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(USER_FLAGS) -fPIC -shared $(filter %.c,$^) -ldl -o $@

FUZZ_FLAGS := $(USER_FLAGS) $(SANITIZERS) -O1 -g

$(B)/fuzz/%.o: %.c Makefile VERSION | $(B)/.tools $(SKELETONS)
	$(call msg,FUZZ-CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c $< -o $@

# They include what is of bpf/.
$(addprefix $(B)/tests/unit/,bpf/test_mtrie.o bpf/test_parse.o reconcile/test_mtrie_commit.o): \
	USER_FLAGS += -iquote bpf
# Their helpers stand beside the folders.
$(UNIT_TESTS:%=%.o) $(filter $(B)/tests/%,$(FAKE_OBJS)): USER_FLAGS += -iquote tests/unit
$(addprefix $(B)/fuzz/tests/fuzz/fuzz_,parse.o dataplane.o xdp.o): FUZZ_FLAGS += -iquote bpf
# A program's source finds vmlinux.h by itself, and may add to NULL before it looks.
$(addprefix $(B)/fuzz/tests/fuzz/fuzz_,dataplane.o xdp.o): FUZZ_FLAGS += -idirafter vmlinux -fno-sanitize=pointer-overflow

$(B)/fuzz/libfuzz.a: $(FUZZ_OBJS)
	$(call msg,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) qcs $@ $^

$(FUZZERS): $(B)/%: $(B)/fuzz/%.o $(B)/fuzz/libfuzz.a
	$(call msg,FUZZ-LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(FUZZ_FLAGS) -fsanitize=fuzzer $(FUZZ_WRAPPED:%=-Wl,--wrap=%) $^ $(LIBS) \
		-lcmocka -o $@

tests: all $(BPF_TEST_OBJS) $(UNIT_TESTS) $(PROG_TESTS) $(TOOLS) $(PRELOADED) ## build all tests but the fuzzers

# make reads what pkg-config says before deps could have installed it, hence the second make.
check check-long demo bench bench-cost converge soak adversary stress check-diff check-mutants check-faults check-vm fuzz: export NSACCEL = $(abspath $(B))/nsaccel
check check-long demo bench bench-cost converge soak adversary stress check-diff check-mutants check-faults check-vm fuzz: export BUILD = $(abspath $(B))

deps: ## install the packages that are missing (Debian 12, root)
	$(Q)scripts/deps.sh

check: deps ## build and run the tests (root)
	$(Q)$(PARALLEL_MAKE) tests
	$(Q)tests/run.sh

check-long: deps ## the tests that take longest: the end-to-end ones tagged "long", and the fuzzers (root)
	$(Q)$(PARALLEL_MAKE) tests $(FUZZERS)
	$(Q)tests/run.sh long fuzz

check-sanitized: deps ## the unit tests under ASan and UBSan (root)
	$(Q)$(PARALLEL_MAKE) SANITIZE=1 unit-tests
	$(Q)ASAN_OPTIONS=allocator_may_return_null=1 \
		BUILD=$(abspath $(O))-sanitize NSACCEL=$(abspath $(O))-sanitize/nsaccel tests/run.sh unit

check-clang19: ## the programs as clang 19 compiles them, by the verifier (root)
	$(Q)scripts/deps.sh all clang19
	$(Q)$(PARALLEL_MAKE) O=$(O)-clang19 CLANG=clang-19 all
	$(Q)BUILD=$(abspath $(O))-clang19 NSACCEL=$(abspath $(O))-clang19/nsaccel tests/run.sh verifier

check-analyzed: BASE = HEAD~40
check-analyzed: deps $(SKELETONS) ## the analyzers over files of user/ that changed since BASE
	$(Q)FLAGS="$(ANALYZE_FLAGS)" scripts/analyze-changed.sh $(BASE)

unit-tests: all $(UNIT_TESTS)

demo: deps ## build and show what nsaccel does, in namespaces of its own (root)
	$(Q)$(PARALLEL_MAKE) all
	$(Q)./demo.sh

bench: deps ## measure nsaccel beside the kernel's forwarding (root)
	$(Q)$(PARALLEL_MAKE) all $(TOOLS)
	$(Q)O=$(B) bench/run.sh $(BENCH_ARGS)

bench-report: export BUILD = $(abspath $(B))
bench-report: ## the last run of bench, with plots, in docs/bench/
	$(Q)bench/report.sh docs/bench

bench-cost: deps ## what the programs cost per packet, beside bench/cost.tsv (root)
	$(Q)$(PARALLEL_MAKE) $(B)/bench/cost
	$(Q)bench/cost.sh $(BENCH_ARGS)

converge: deps ## measure how fast changes of the kernel are followed (root)
	$(Q)$(PARALLEL_MAKE) all $(TOOLS)
	$(Q)bench/converge.sh $(BENCH_ARGS)

soak: deps ## 100,000 routes, 50 containers, 1,000 namespaces: minutes (root)
	$(Q)$(PARALLEL_MAKE) tests
	$(Q)tests/scale/bird.sh
	$(Q)tests/scale/podman.sh || [ $$? -eq 77 ] # 77: podman doesn't run here, as it said
	$(Q)tests/scale/churn.sh

adversary: deps ## millions of random frames against what keeps namespaces apart: minutes (root)
	$(Q)$(PARALLEL_MAKE) tests
	$(Q)NSA_FRAMES=$(ADVERSARY_FRAMES) TEST_TIMEOUT=3600 V=1 tests/run.sh adversary

stress: SECONDS = 60
stress: deps ## change what packets go by while they do, for SECONDS each (root)
	$(Q)$(PARALLEL_MAKE) tests
	$(Q)STRESS_SECONDS=$(SECONDS) TEST_TIMEOUT=$$((10 * $(SECONDS) + 900)) V=1 tests/run.sh stress

check-model: deps ## check what programs read while user space writes, in all orders (spin)
	$(Q)tests/model/run.sh

check-diff: deps ## drawn networks beside the kernel's forwarding, for SECONDS (3600), from SEED (root)
	$(Q)$(PARALLEL_MAKE) all
	$(Q)tests/diff/run.py --jobs 2 --seed $(SEED) --seconds $(SECONDS)

check-mutants: deps ## faults of one line, each of which check-diff has to find within 60 cases (root)
	$(Q)$(PARALLEL_MAKE) all
	$(Q)tests/mutants/run.py $(MUTANTS)

check-faults: deps ## kill and fail every command at each system call: an hour, goes on where it stopped (root)
	$(Q)$(PARALLEL_MAKE) tests
	$(Q)FAULTS=all FAULTS_DIR=$(abspath $(B))/faults TEST_TIMEOUT=14400 tests/run.sh faults

check-vm: deps ## tests on other kernels, in VMs: hours; goes on where it stopped (VM_ARGS=--help)
	$(Q)$(PARALLEL_MAKE) tests
	$(Q)tests/vm/check.sh $(VM_ARGS) || [ $$? -eq 77 ] # 77: no VMs to be had, as it said

fuzz: deps ## run each fuzzer for FUZZ_SECONDS
	$(Q)$(PARALLEL_MAKE) $(FUZZERS)
	$(Q)for fuzzer in $(FUZZERS); do tests/fuzz/run.sh $$fuzzer $(FUZZ_SECONDS) || exit; done

# Source code

ANALYZE_FLAGS = $(filter-out -DNSACCEL_VERSION%,$(USER_FLAGS)) -DNSACCEL_VERSION=\"0\"
FORMATTED = $(shell find bpf user include vmlinux tests bench -name '*.[ch]')

lint: ## formatting, scripts, man pages and this project's conventions
	$(Q)scripts/lint.sh

format: ## clang-format everything
	$(Q)clang-format -i $(FORMATTED)

analyze: $(SKELETONS) ## clang-tidy and the analyzers of clang and gcc, and cppcheck, over user/
	$(call msg,ANALYZE,user/)
	$(Q)FLAGS="$(ANALYZE_FLAGS)" scripts/analyze.sh

compdb: $(SKELETONS) ## compile_commands.json
	$(call msg,COMPDB,compile_commands.json)
	$(Q)$(MAKE) --always-make --dry-run --no-print-directory V=1 tests | \
		jq -nR --arg directory $(CURDIR) -f scripts/compdb.jq >compile_commands.json

# Installing

SBIN = $(DESTDIR)$(PREFIX)/sbin
MAN = $(DESTDIR)$(PREFIX)/share/man
COMPLETIONS = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
HEADERS = $(DESTDIR)$(PREFIX)/include/nsaccel
UNITS = $(DESTDIR)$(PREFIX)/lib/systemd/system
MAN_PAGES := $(wildcard docs/*.5 docs/*.8)

install: all ## into DESTDIR and PREFIX
	install -D -m 755 $(B)/nsaccel $(SBIN)/nsaccel
	install -D -m 644 -t $(HEADERS) include/nsaccel/abi.h include/nsaccel/mtrie.h
	for page in $(MAN_PAGES); do \
		install -D -m 644 $$page $(MAN)/man$${page##*.}/$${page##*/} || exit; done
	[ ! -e completion/nsaccel ] || \
		install -D -m 644 completion/nsaccel $(COMPLETIONS)/nsaccel
	install -D -m 644 dist/nsaccel.service $(UNITS)/nsaccel.service
	sed -i 's,/usr/local/,$(PREFIX)/,' $(UNITS)/nsaccel.service

uninstall: ## what install put there
	rm -f $(SBIN)/nsaccel $(COMPLETIONS)/nsaccel $(HEADERS)/abi.h $(HEADERS)/mtrie.h $(UNITS)/nsaccel.service
	rm -f $(foreach page,$(MAN_PAGES),\
		$(MAN)/man$(subst .,,$(suffix $(page)))/$(notdir $(page)))
	-rmdir --ignore-fail-on-non-empty $(HEADERS)

clean: ## all that was built
	rm -rf $(O) $(O)-sanitize $(O)-clang19 compile_commands.json

-include $(shell find $(B) -name '*.d' -type f 2>/dev/null)
