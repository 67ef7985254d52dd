// SPDX-License-Identifier: GPL-2.0-only
/*
 * prefixes: a drawn table of routes with the lengths of prefixes that the Internet's has, as
 * commands for ip -batch on stdout, and addresses in it at random, in binary, for gen
 * --destinations. The same arguments give the same table.
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"

#define COUNT_MAX    2000000
#define DESTINATIONS (1 << 20)
#define ADDR_LEN     16

struct prefix {
	uint8_t addr[ADDR_LEN];
	uint8_t length; /* 0: a free place of the set */
};

struct set {
	struct prefix *places;
	size_t mask;
};

/* Of 10,000 prefixes, as seen in tables without a default route in 2024. */
struct weight {
	uint8_t length;
	uint16_t count;
};

static const struct weight weights4[] = {
	{ 8, 1 },    { 9, 1 },	  { 10, 1 },	{ 11, 1 },    { 12, 3 },    { 13, 6 },
	{ 14, 12 },  { 15, 21 },  { 16, 140 },	{ 17, 85 },   { 18, 145 },  { 19, 260 },
	{ 20, 460 }, { 21, 530 }, { 22, 1130 }, { 23, 1030 }, { 24, 6174 },
};

static const struct weight weights6[] = {
	{ 28, 15 },  { 29, 260 }, { 30, 30 },  { 31, 20 },  { 32, 1150 }, { 33, 180 }, { 34, 110 },
	{ 35, 70 },  { 36, 520 }, { 37, 60 },  { 38, 110 }, { 39, 80 },	  { 40, 860 }, { 41, 80 },
	{ 42, 190 }, { 43, 90 },  { 44, 880 }, { 45, 150 }, { 46, 260 },  { 47, 290 }, { 48, 4595 },
};

/* First bytes of addresses in use; none of 10/8, 127/8, 169.254/16, 172.16/12, 192.168/16. */
static const struct {
	uint8_t from, to;
} octets[] = { { 11, 126 }, { 128, 168 }, { 173, 191 }, { 193, 223 } };

static const uint16_t blocks6[] = { 0x2400, 0x2600, 0x2800, 0x2a00 };

static uint64_t state = 0x9e3779b97f4a7c15;

/* xorshift64*: the same on every machine. */
static uint32_t draw(uint32_t below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (uint32_t)((state * 0x2545f4914f6cdd1dULL >> 32) * below >> 32);
}

static void draw_address(uint8_t *addr, bool v6)
{
	uint16_t block = blocks6[draw(4)] + (uint16_t)draw(16);
	uint32_t range = draw(4);

	for (size_t i = 0; i < ADDR_LEN; i++)
		addr[i] = v6 || i < 4 ? (uint8_t)draw(256) : 0;
	if (v6) {
		addr[0] = block >> 8;
		addr[1] = block & 0xff;
	} else {
		addr[0] = octets[range].from +
			  (uint8_t)draw(octets[range].to - octets[range].from + 1u);
	}
}

static uint8_t draw_length(bool v6)
{
	const struct weight *weight = v6 ? weights6 : weights4;
	uint32_t n = draw(10000);

	for (; n >= weight->count; weight++)
		n -= weight->count;
	return weight->length;
}

/* Clears what is behind length bits, or fills it at random. */
static void set_host_part(uint8_t *addr, uint8_t length, bool v6, bool fill)
{
	for (uint8_t bit = length; bit < (v6 ? 128 : 32); bit++) {
		uint8_t mask = 0x80 >> bit % 8;

		addr[bit / 8] &= ~mask;
		if (fill && draw(2))
			addr[bit / 8] |= mask;
	}
}

/* False: it is there already. */
static bool add(struct set *set, const struct prefix *prefix)
{
	uint64_t hash = 0xcbf29ce484222325;
	size_t i;

	for (i = 0; i < sizeof(*prefix); i++)
		hash = (hash ^ ((const uint8_t *)prefix)[i]) * 0x100000001b3;
	for (i = hash & set->mask; set->places[i].length; i = (i + 1) & set->mask)
		if (!memcmp(&set->places[i], prefix, sizeof(*prefix)))
			return false;
	set->places[i] = *prefix;
	return true;
}

static void draw_table(struct prefix *table, size_t count, bool v6)
{
	struct set set = { .mask = 1 };
	size_t n = 0;

	while (set.mask < 2 * count)
		set.mask = set.mask << 1 | 1;
	set.places = calloc(set.mask + 1, sizeof(*set.places));
	if (!set.places)
		err(1, "the set of prefixes");
	while (n < count) {
		struct prefix prefix = { .length = draw_length(v6) };

		draw_address(prefix.addr, v6);
		set_host_part(prefix.addr, prefix.length, v6, false);
		if (add(&set, &prefix))
			table[n++] = prefix;
	}
	free(set.places);
}

static void print_routes(const struct prefix *table, size_t count, bool v6, const char *gateway)
{
	char text[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < count; i++)
		printf("route add %s/%u via %s\n",
		       inet_ntop(v6 ? AF_INET6 : AF_INET, table[i].addr, text, sizeof(text)),
		       table[i].length, gateway);
}

static void write_destinations(const struct prefix *table, size_t count, bool v6, const char *path)
{
	FILE *file = fopen(path, "we");
	uint8_t addr[ADDR_LEN];

	if (!file)
		err(1, "%s", path);
	for (size_t i = 0; i < DESTINATIONS; i++) {
		const struct prefix *prefix = &table[draw((uint32_t)count)];

		memcpy(addr, prefix->addr, sizeof(addr));
		set_host_part(addr, prefix->length, v6, true);
		fwrite(addr, v6 ? 16 : 4, 1, file);
	}
	if (ferror(file) || fclose(file))
		err(1, "%s", path);
}

int main(int argc, char **argv)
{
	__cleanup(nsa_freep) struct prefix *table = NULL;
	size_t count;
	bool v6;

	if (argc != 5 || (strcmp(argv[1], "4") && strcmp(argv[1], "6")))
		errx(1, "usage: prefixes 4|6 COUNT GATEWAY DESTINATIONS-FILE");
	v6 = *argv[1] == '6';
	count = strtoul(argv[2], NULL, 10);
	if (!count || count > COUNT_MAX)
		errx(1, "%s: not a number from 1 to %d", argv[2], COUNT_MAX);
	table = calloc(count, sizeof(*table));
	if (!table)
		err(1, "the table");
	draw_table(table, count, v6);
	print_routes(table, count, v6, argv[3]);
	write_destinations(table, count, v6, argv[4]);
	return fflush(stdout) ? 1 : 0;
}
