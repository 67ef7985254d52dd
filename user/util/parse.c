// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/parse.h"
#include "util/prefix.h"

int nsa_parse_addr(const char *word, enum nsaccel_family *family, __u8 addr[NSACCEL_ADDR_LEN],
		   const char **why)
{
	__u8 bytes[NSACCEL_ADDR_LEN] = {};

	if (inet_pton(AF_INET, word, bytes) == 1)
		*family = NSACCEL_FAMILY_INET;
	else if (inet_pton(AF_INET6, word, bytes) == 1)
		*family = NSACCEL_FAMILY_INET6;
	else {
		*why = "is not an IPv4 or IPv6 address";
		return -EINVAL;
	}
	memcpy(addr, bytes, sizeof(bytes));
	return 0;
}

static int parse_len(const char *word, unsigned int max, unsigned int *out)
{
	unsigned long len;
	char *end;

	if (*word < '0' || *word > '9')
		return -EINVAL;
	errno = 0;
	len = strtoul(word, &end, 10);
	if (errno || *end || len > max)
		return -EINVAL;
	*out = (unsigned int)len;
	return 0;
}

static int has_host_bits(const __u8 *addr, unsigned int len)
{
	for (unsigned int bit = len; bit < 8 * NSACCEL_ADDR_LEN; bit++)
		if (addr[bit / 8] & (0x80 >> bit % 8))
			return 1;
	return 0;
}

int nsa_parse_prefix(const char *word, struct nsaccel_prefix *out, const char **why)
{
	struct nsaccel_prefix prefix = {};
	char addr[INET6_ADDRSTRLEN];
	unsigned int len, max;
	const char *slash;
	size_t addr_len;
	int r;

	if (!strcmp(word, "default"))
		word = "0.0.0.0/0";
	slash = strchr(word, '/');
	addr_len = slash ? (size_t)(slash - word) : strlen(word);
	if (addr_len >= sizeof(addr)) {
		*why = "is not a prefix";
		return -EINVAL;
	}
	memcpy(addr, word, addr_len);
	addr[addr_len] = '\0';
	r = nsa_parse_addr(addr, &prefix.family, prefix.addr, why);
	if (r < 0)
		return r;
	max = nsa_addr_bits((__u8)prefix.family);
	len = max;
	if (slash && parse_len(slash + 1, max, &len)) {
		*why = max == 32 ? "has a length that is not 0 to 32" :
				   "has a length that is not 0 to 128";
		return -EINVAL;
	}
	if (has_host_bits(prefix.addr, len)) {
		*why = "has bits set beyond its length";
		return -EINVAL;
	}
	prefix.prefixlen = NSACCEL_PREFIX_FAMILY_BITS + len;
	*out = prefix;
	return 0;
}

static const struct {
	enum nsa_unit unit;
	const char *suffix;
	__u64 factor;
} suffixes[] = {
	{ NSA_UNIT_RATE, "", 1 },
	{ NSA_UNIT_RATE, "bit", 1 },
	{ NSA_UNIT_RATE, "kbit", 1000 },
	{ NSA_UNIT_RATE, "mbit", 1000000 },
	{ NSA_UNIT_RATE, "gbit", 1000000000 },
	{ NSA_UNIT_RATE, "tbit", 1000000000000 },
	{ NSA_UNIT_SIZE, "", 1 },
	{ NSA_UNIT_SIZE, "b", 1 },
	{ NSA_UNIT_SIZE, "k", 1 << 10 },
	{ NSA_UNIT_SIZE, "kb", 1 << 10 },
	{ NSA_UNIT_SIZE, "m", 1 << 20 },
	{ NSA_UNIT_SIZE, "mb", 1 << 20 },
	{ NSA_UNIT_SIZE, "g", 1 << 30 },
	{ NSA_UNIT_SIZE, "gb", 1 << 30 },
	{ NSA_UNIT_COUNT, "", 1 },
	{ NSA_UNIT_COUNT, "k", 1000 },
	{ NSA_UNIT_COUNT, "m", 1000000 },
};

int nsa_parse_amount(const char *word, enum nsa_unit unit, __u64 *out, const char **why)
{
	static const char *const forms[] = {
		[NSA_UNIT_RATE] = "is not a rate, like 100mbit",
		[NSA_UNIT_SIZE] = "is not a size, like 256kb",
		[NSA_UNIT_COUNT] = "is not a number, like 1000 or 20k",
	};
	unsigned long long number;
	char *end;

	*why = forms[unit];
	if (word[0] < '0' || word[0] > '9')
		return -EINVAL;
	errno = 0;
	number = strtoull(word, &end, 10);
	if (errno)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
		if (suffixes[i].unit != unit || strcasecmp(end, suffixes[i].suffix) != 0)
			continue;
		/* A thousand terabits: more than anything that can be limited. */
		if (number > 1000000000000000ULL / suffixes[i].factor)
			return -EINVAL;
		*out = number * suffixes[i].factor;
		return 0;
	}
	return -EINVAL;
}
