// SPDX-License-Identifier: GPL-2.0-only
/* Lookups in what user/model/mtrie.c writes, beside a search through all lengths. */
#include "tests/native.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "random.h"
#include "user/model/mtrie.h"
#include "user/util/hash.h"
#include "user/util/prefix.h"

#define CHANGES4 150000
#define CHANGES6 20000
#define ROUTES	 3000	   /* at most, about */
#define PLACES	 (1 << 14) /* of routes in memory */
#define LINES	 300000

static const void *bpf_map_lookup_elem(void *mtrie, const __u32 *line);
#include "bpf/map/mtrie.h"

static const void *bpf_map_lookup_elem(void *mtrie, const __u32 *line)
{
	struct nsa_mtrie *of = mtrie;

	assert_true(*line < of->line_count);
	return &of->lines[*line];
}

/* The routes that there are to be: a hash with open addressing, whose places are never freed. */
struct routes {
	struct nsa_mtrie_route all[PLACES];
	size_t count, lengths[2][129];
};

static struct nsa_mtrie_route *place_of(struct routes *routes, const struct nsaccel_prefix *prefix)
{
	size_t at = nsa_hash(prefix, sizeof(*prefix)) % PLACES;

	while (routes->all[at].prefix.family &&
	       memcmp(&routes->all[at].prefix, prefix, sizeof(*prefix)) != 0)
		at = (at + 1) % PLACES;
	return &routes->all[at];
}

static __u64 find_route(const void *data, const struct nsaccel_prefix *prefix)
{
	return place_of((struct routes *)data, prefix)->word;
}

static void set_route(struct routes *routes, const struct nsaccel_prefix *prefix, __u64 word)
{
	struct nsa_mtrie_route *route = place_of(routes, prefix);
	size_t *length =
		&routes->lengths[prefix->family == NSACCEL_FAMILY_INET6][nsa_prefix_len(prefix)];

	routes->count += !!word;
	routes->count -= !!route->word;
	*length += !!word;
	*length -= !!route->word;
	route->prefix = *prefix;
	route->word = word;
}

static __u64 search(struct routes *routes, const struct nsaccel_prefix *address)
{
	__u64 word = 0;

	for (int length = nsa_addr_bits((__u8)address->family); length >= 0 && !word; length--) {
		struct nsaccel_prefix prefix =
			nsa_prefix((__u8)address->family, address->addr, (__u8)length);

		if (routes->lengths[address->family == NSACCEL_FAMILY_INET6][length])
			word = find_route(routes, &prefix);
	}
	return word;
}

/* Few bytes are different, so that prefixes are within others, and some slots full of children. */
static struct nsaccel_prefix draw_prefix(bool v6, bool address)
{
	__u8 addr[NSACCEL_ADDR_LEN], bits = v6 ? 128 : 32, length;
	__u32 dense = 1 + random_below(v6 ? 5 : 3);

	for (__u32 i = 0; i < sizeof(addr); i++)
		addr[i] = (__u8)(i == dense	 ? random_below(256) :
				 random_below(8) ? 0x80 :
						   random_below(2) * 0xff);
	length =
		(__u8)(random_below(4) ? 8 * random_below(bits / 8 + 1U) : random_below(bits + 1U));
	if (length < 13 && random_below(200)) /* they take long to search */
		length = bits;
	return nsa_prefix(v6 ? NSACCEL_FAMILY_INET6 : NSACCEL_FAMILY_INET, addr,
			  address ? bits : length);
}

/* A next hop has one generation at a time. */
static __u64 word_of(__u32 hop)
{
	return (hop + 20000ULL) << 32 | hop;
}

/* Few words, so that neighbours often have the same. */
static __u64 draw_word(const struct routes *routes)
{
	return random_below(2 * ROUTES) < routes->count ? 0 : word_of(random_below(5));
}

static int no_wait(const void *data)
{
	(void)data;
	return 0;
}

static void mtrie_new(struct nsa_mtrie *mtrie)
{
	*mtrie = (struct nsa_mtrie){ .line_count = LINES, .wait = no_wait };
	mtrie->lines = aligned_alloc(64, (LINES + NSA_MTRIE_SLACK) * sizeof(*mtrie->lines));
	assert_non_null(mtrie->lines);
	memset(mtrie->lines, 0, (LINES + NSA_MTRIE_SLACK) * sizeof(*mtrie->lines));
}

static void check(struct nsa_mtrie *mtrie, struct routes *routes,
		  const struct nsaccel_prefix *address)
{
	assert_int_equal(nsa_mtrie_find(mtrie, address), search(routes, address));
}

/* Made anew of the same routes it says the same. */
static void check_built(struct routes *routes, bool v6)
{
	static struct nsa_mtrie_route all[PLACES];
	struct nsa_mtrie built;
	size_t count = 0;

	for (size_t i = 0; i < PLACES; i++)
		if (routes->all[i].word)
			all[count++] = routes->all[i];
	mtrie_new(&built);
	assert_int_equal(nsa_mtrie_build(&built, all, count), 0);
	for (size_t i = 0; i < 20000; i++) {
		struct nsaccel_prefix address = draw_prefix(v6, true);

		check(&built, routes, &address);
	}
	free(built.lines);
}

static void change(struct nsa_mtrie *mtrie, struct routes *routes,
		   const struct nsaccel_prefix *prefix, __u64 word)
{
	const struct nsa_mtrie_source source = { find_route, routes, routes->lengths };

	set_route(routes, prefix, word);
	assert_int_equal(nsa_mtrie_update(mtrie, prefix, &source), 0);
}

/* Places of prefixes that have no route any more are used again by none, so the routes are drawn
 * from a pool. */
static void change_at_random(bool v6, size_t changes)
{
	static struct nsaccel_prefix pool[PLACES / 2];
	static struct routes routes;
	struct nsaccel_prefix address;
	struct nsa_mtrie mtrie;

	memset(&routes, 0, sizeof(routes));
	mtrie_new(&mtrie);
	for (size_t i = 0; i < PLACES / 2; i++)
		pool[i] = draw_prefix(v6, false);
	for (size_t i = 0; i < changes; i++) {
		const struct nsaccel_prefix *prefix = &pool[random_below(PLACES / 2)];

		change(&mtrie, &routes, prefix, draw_word(&routes));
		address = nsa_prefix((__u8)prefix->family, prefix->addr, v6 ? 128 : 32);
		check(&mtrie, &routes, &address);
		address = draw_prefix(v6, true);
		check(&mtrie, &routes, &address);
		if (i % (changes / 4) == 0)
			check_built(&routes, v6);
	}
	/* Without routes all of it is free again. */
	for (size_t i = 0; i < PLACES / 2; i++)
		change(&mtrie, &routes, &pool[i], 0);
	for (size_t i = NSACCEL_MTRIE_ROOT4; i < NSACCEL_MTRIE_HOPS; i++)
		for (size_t k = 0; k < 8; k++)
			assert_int_equal(mtrie.lines[i].word[k], 0);
	free(mtrie.lines);
}

static void test_ipv4(void **state)
{
	(void)state;
	change_at_random(false, CHANGES4);
}

static void test_ipv6(void **state)
{
	(void)state;
	change_at_random(true, CHANGES6);
}

/* While a thread looks up */

struct reader {
	struct nsa_mtrie mtrie;
	struct nsaccel_prefix address;
	__u64 words[2]; /* one of them */
	unsigned long rounds, stop;
};

static void *look_up(void *data)
{
	struct reader *reader = data;

	while (!__atomic_load_n(&reader->stop, __ATOMIC_RELAXED)) {
		__u64 word = nsa_mtrie_find(&reader->mtrie, &reader->address);

		if (word != reader->words[0] && word != reader->words[1]) {
			__atomic_store_n(&reader->stop, 1, __ATOMIC_RELAXED);
			return data;
		}
		__atomic_fetch_add(&reader->rounds, 1, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

static int wait_for_reader(const void *data)
{
	const struct reader *reader = data;
	unsigned long rounds = __atomic_load_n(&reader->rounds, __ATOMIC_SEQ_CST);

	while (__atomic_load_n(&reader->rounds, __ATOMIC_SEQ_CST) == rounds &&
	       !__atomic_load_n(&reader->stop, __ATOMIC_RELAXED))
		;
	return 0;
}

static struct nsaccel_prefix prefix4(__u8 a, __u8 b, __u8 c, __u8 d, __u8 length)
{
	const __u8 addr[NSACCEL_ADDR_LEN] = { a, b, c, d };

	return nsa_prefix(NSACCEL_FAMILY_INET, addr, length);
}

/* Whatever changes around it, an address has the route of before or after. */
static void test_old_or_new(void **state)
{
	static struct routes routes;
	static struct reader reader;
	struct nsaccel_prefix prefix = prefix4(10, 0, 0, 0, 8);
	pthread_t thread;
	void *failed;

	(void)state;
	mtrie_new(&reader.mtrie);
	reader.mtrie.wait = wait_for_reader;
	reader.mtrie.data = &reader;
	reader.address = prefix4(10, 1, 2, 3, 32);
	reader.words[0] = word_of(1);
	reader.words[1] = word_of(2);
	change(&reader.mtrie, &routes, &prefix, reader.words[0]);
	assert_int_equal(pthread_create(&thread, NULL, look_up, &reader), 0);
	for (size_t i = 0; i < 50000; i++) {
		__u8 length = (__u8)(9 + random_below(24));

		prefix = prefix4(10, 1, 2, 3, length);
		change(&reader.mtrie, &routes, &prefix,
		       random_below(2) ? reader.words[random_below(2)] : 0);
		prefix = prefix4(10, 1, random_below(2) ? 2 : (__u8)random_below(32),
				 (__u8)(4 + random_below(252)), 32);
		change(&reader.mtrie, &routes, &prefix,
		       random_below(3) ? word_of(3 + random_below(2)) : 0);
	}
	__atomic_store_n(&reader.stop, 1, __ATOMIC_RELAXED);
	assert_int_equal(pthread_join(thread, &failed), 0);
	assert_null(failed);
	free(reader.mtrie.lines);
}

/* A trie that is full says so, and lookups find what they found. */
static void test_full(void **state)
{
	static struct routes routes;
	const struct nsa_mtrie_source source = { find_route, &routes, routes.lengths };
	struct nsaccel_prefix prefix, first = prefix4(10, 0, 0, 1, 32);
	struct nsa_mtrie mtrie;
	__u32 i = 0;

	(void)state;
	mtrie_new(&mtrie);
	mtrie.line_count = nsa_mtrie_lines(&mtrie) + 20;
	change(&mtrie, &routes, &first, word_of(7));
	do {
		prefix = prefix4(10, (__u8)++i, 0, 1, 32);
		set_route(&routes, &prefix, word_of(7));
	} while (!nsa_mtrie_update(&mtrie, &prefix, &source));
	assert_in_range(i, 5, 50);
	assert_int_equal(nsa_mtrie_find(&mtrie, &first), word_of(7));
	assert_int_equal(nsa_mtrie_find(&mtrie, &prefix), 0);
	free(mtrie.lines);
}

static int count_waits(const void *data)
{
	++*(unsigned long *)data;
	return 0;
}

/* So many changes are made with so many free lines, until there is no space. */
static size_t changes_with_free(__u32 lines, size_t changes, unsigned long *waits)
{
	static struct routes routes;
	const struct nsa_mtrie_source source = { find_route, &routes, routes.lengths };
	struct nsaccel_prefix prefix = prefix4(10, 0, 0, 1, 32);
	struct nsa_mtrie mtrie;
	size_t i = 0;

	memset(&routes, 0, sizeof(routes));
	mtrie_new(&mtrie);
	mtrie.line_count = nsa_mtrie_lines(&mtrie) + lines;
	mtrie.wait = count_waits;
	mtrie.data = waits;
	for (; i < changes; i++) {
		set_route(&routes, &prefix, word_of(i % 2));
		if (nsa_mtrie_update(&mtrie, &prefix, &source))
			break;
	}
	free(mtrie.lines);
	return i;
}

/* A wait is a grace period: a trie that has so few lines left that it would wait often is made
 * anew. */
static void test_waits_seldom(void **state)
{
	unsigned long waits = 0;

	(void)state;
	assert_int_equal(changes_with_free(20, 10000, &waits), 20);
	assert_int_equal(waits, 0);
	assert_int_equal(changes_with_free(300, 10000, &waits), 10000);
	assert_in_range(waits, 10, 10000 / 256);
}

static void write_anywhere(struct nsa_mtrie *mtrie)
{
	__u32 used = nsa_mtrie_lines(mtrie), line = random_below(NSACCEL_MTRIE_HOPS);

	if (random_below(8) && used > NSACCEL_MTRIE_BLOCKS)
		line = NSACCEL_MTRIE_BLOCKS + random_below(used - NSACCEL_MTRIE_BLOCKS);
	mtrie->lines[line].entry[random_below(16)] =
		random_below(2) ? 1U << random_below(32) :
				  random_below(1 << 16) << 16 | random_below(1 << 16);
}

static void change_beside_others(const struct nsaccel_prefix *pool)
{
	static struct routes routes;
	const struct nsa_mtrie_source source = { find_route, &routes, routes.lengths };
	struct nsa_mtrie mtrie;

	memset(&routes, 0, sizeof(routes));
	mtrie_new(&mtrie);
	for (size_t i = 0; i < 20000; i++) {
		const struct nsaccel_prefix *prefix = &pool[random_below(PLACES / 2)];

		set_route(&routes, prefix, draw_word(&routes));
		nsa_mtrie_update(&mtrie, prefix, &source);
		if (random_below(4) == 0)
			write_anywhere(&mtrie);
	}
	free(mtrie.lines);
}

/* What somebody else has written makes nobody leave the trie's memory. Its routes are wrong
 * then. */
static void test_written_by_others(void **state)
{
	static struct nsaccel_prefix pool[PLACES / 2];

	(void)state;
	for (size_t i = 0; i < PLACES / 2; i++)
		pool[i] = draw_prefix(random_below(2), false);
	for (size_t i = 0; i < 16; i++)
		change_beside_others(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ipv4),	     cmocka_unit_test(test_ipv6),
		cmocka_unit_test(test_old_or_new),   cmocka_unit_test(test_full),
		cmocka_unit_test(test_waits_seldom), cmocka_unit_test(test_written_by_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
