// SPDX-License-Identifier: GPL-2.0-only
/* The map "sources" and its sorted copy: each change is in both. */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "pins.h"
#include "sandbox.h"
#include "user/maps/sources.h"
#include "user/reconcile/sources_commit.h"
#include "user/util/cleanup.h"
#include "user/util/parse.h"

struct fixture {
	struct nsa_maps *maps;
	struct nsa_sources *sources;
};

static int setup(void **state)
{
	static struct fixture fixture;

	fixture.maps = pins_open();
	assert_int_equal(nsa_sources_load(fixture.maps, &fixture.sources), 0);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	nsa_sources_free(f->sources);
	pins_close(f->maps);
	return 0;
}

static struct nsaccel_source_key key_of(__u32 slot, const char *word)
{
	struct nsaccel_prefix prefix;
	const char *why;

	assert_int_equal(nsa_parse_prefix(word, &prefix, &why), 0);
	return nsa_source_key(slot, &prefix);
}

static void put(struct fixture *f, __u32 slot, const char *word, enum nsaccel_source source)
{
	const struct nsa_source_entry entry = { key_of(slot, word), source };

	assert_int_equal(nsa_sources_put(f->maps, f->sources, &entry), 0);
}

static void del(struct fixture *f, __u32 slot, const char *word)
{
	const struct nsaccel_source_key key = key_of(slot, word);

	assert_int_equal(nsa_sources_del(f->maps, f->sources, &key), 0);
}

static enum nsaccel_source find(struct fixture *f, __u32 slot, const char *word)
{
	const struct nsaccel_source_key key = key_of(slot, word);
	const struct nsa_source_entry *entry = nsa_sources_find(f->sources, &key);

	return entry ? entry->source : NSACCEL_SOURCE_NONE;
}

static size_t count(const struct nsa_sources *sources, __u32 slot)
{
	size_t n;

	nsa_sources_of(sources, slot, &n);
	return n;
}

/* The copy is what another process would read. */
static void assert_same_as_map(struct fixture *f)
{
	__cleanup(nsa_sources_freep) struct nsa_sources *anew = NULL;
	size_t n, m;

	assert_int_equal(nsa_sources_load(f->maps, &anew), 0);
	for (__u32 slot = 0; slot < 10; slot++) {
		const struct nsa_source_entry *mine = nsa_sources_of(f->sources, slot, &n);
		const struct nsa_source_entry *theirs = nsa_sources_of(anew, slot, &m);

		assert_int_equal(n, m);
		if (n)
			assert_memory_equal(mine, theirs, n * sizeof(*mine));
	}
}

static void test_keys(void **state)
{
	const struct nsaccel_source_key four = key_of(7, "10.1.0.0/16");
	const struct nsaccel_source_key six = key_of(7, "fd00::1");

	(void)state;
	assert_int_equal(four.prefixlen, NSACCEL_SOURCE_STATIC_BITS + 16);
	assert_int_equal(four.slot, 7);
	assert_int_equal(four.family, NSACCEL_FAMILY_INET);
	assert_int_equal(four.addr[1], 1);
	assert_int_equal(six.prefixlen, NSACCEL_SOURCE_STATIC_BITS + 128);
	assert_int_equal(six.family, NSACCEL_FAMILY_INET6);
}

static void test_empty(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(count(f->sources, 1), 0);
	assert_int_equal(find(f, 1, "10.0.0.1"), NSACCEL_SOURCE_NONE);
	del(f, 1, "10.0.0.1");
	assert_int_equal(nsa_sources_keep(f->maps, f->sources, NULL, 0), 0);
}

static void test_put_and_del(void **state)
{
	struct fixture *f = *state;

	put(f, 3, "10.0.0.2", NSACCEL_SOURCE_FORBIDDEN);
	put(f, 2, "fd00::1", NSACCEL_SOURCE_FORBIDDEN);
	put(f, 3, "10.0.0.0/8", NSACCEL_SOURCE_PINNED);
	put(f, 3, "10.0.0.0/16", NSACCEL_SOURCE_PINNED);
	put(f, 2, "10.0.0.2", NSACCEL_SOURCE_FORBIDDEN);
	put(f, 9, "0.0.0.0/0", NSACCEL_SOURCE_PINNED);
	assert_same_as_map(f);
	assert_int_equal(count(f->sources, 2), 2);
	assert_int_equal(count(f->sources, 3), 3);
	assert_int_equal(count(f->sources, 4), 0);
	/* The same prefix, not one that has it in it. */
	assert_int_equal(find(f, 3, "10.0.0.0/16"), NSACCEL_SOURCE_PINNED);
	assert_int_equal(find(f, 3, "10.0.0.0/9"), NSACCEL_SOURCE_NONE);
	assert_int_equal(find(f, 9, "10.0.0.2"), NSACCEL_SOURCE_NONE);

	/* Again, as something else: still one. */
	put(f, 3, "10.0.0.2", NSACCEL_SOURCE_PINNED);
	assert_int_equal(count(f->sources, 3), 3);
	assert_int_equal(find(f, 3, "10.0.0.2"), NSACCEL_SOURCE_PINNED);
	assert_same_as_map(f);

	del(f, 3, "10.0.0.0/8");
	del(f, 2, "10.0.0.2");
	assert_int_equal(count(f->sources, 3), 2);
	assert_int_equal(find(f, 2, "10.0.0.2"), NSACCEL_SOURCE_NONE);
	assert_int_equal(find(f, 3, "10.0.0.2"), NSACCEL_SOURCE_PINNED);
	assert_same_as_map(f);
}

/* Enough to grow, in an order that isn't theirs. */
static void test_many(void **state)
{
	struct fixture *f = *state;
	char word[32];

	for (int i = 0; i < 200; i++) {
		snprintf(word, sizeof(word), "10.0.%d.1", i * 77 % 200);
		put(f, 1 + (__u32)i % 3, word, NSACCEL_SOURCE_FORBIDDEN);
	}
	assert_same_as_map(f);
	for (int i = 0; i < 200; i += 2) {
		snprintf(word, sizeof(word), "10.0.%d.1", i * 77 % 200);
		del(f, 1 + (__u32)i % 3, word);
	}
	assert_int_equal(count(f->sources, 1) + count(f->sources, 2) + count(f->sources, 3), 100);
	assert_same_as_map(f);
}

/* Somebody else has deleted it already: that's what was wanted. */
static void test_gone_already(void **state)
{
	struct fixture *f = *state;
	const struct nsaccel_source_key key = key_of(1, "10.0.0.1");

	put(f, 1, "10.0.0.1", NSACCEL_SOURCE_FORBIDDEN);
	assert_int_equal(nsa_maps_source_del(f->maps, &key), 0);
	del(f, 1, "10.0.0.1");
	assert_same_as_map(f);
}

/* The next namespace in a slot inherits nothing. */
static void test_keep(void **state)
{
	const struct nsa_netns_entry namespaces[] = { { .ns.slot = 2 }, { .ns.slot = 5 } };
	struct fixture *f = *state;

	for (__u32 slot = 1; slot < 8; slot++) {
		put(f, slot, "10.0.0.1", NSACCEL_SOURCE_FORBIDDEN);
		put(f, slot, "fd00::/64", NSACCEL_SOURCE_PINNED);
	}
	assert_int_equal(nsa_sources_keep(f->maps, f->sources, namespaces, 2), 0);
	for (__u32 slot = 1; slot < 8; slot++)
		assert_int_equal(count(f->sources, slot), slot == 2 || slot == 5 ? 2 : 0);
	assert_same_as_map(f);
	assert_int_equal(nsa_sources_keep(f->maps, f->sources, NULL, 0), 0);
	assert_int_equal(count(f->sources, 2), 0);
	assert_same_as_map(f);
}

#define with_maps(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),  with_maps(test_empty),
		with_maps(test_put_and_del),  with_maps(test_many),
		with_maps(test_gone_already), with_maps(test_keep),
	};

	sandbox_enter();
	pins_make();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
