/* SPDX-License-Identifier: GPL-2.0-only */
/* The hash function of tables in memory. It resists no attacker; its low bits are as good as its
 * high ones. */
#ifndef NSA_UTIL_HASH_H
#define NSA_UTIL_HASH_H

#include <linux/types.h>
#include <stddef.h>
#include <string.h>

/* A hash of the words that went into hash, and of word. 0 is the hash of no words. */
static inline __u64 nsa_hash_word(__u64 hash, __u64 word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL; /* 2^64 divided by the golden ratio */
	return hash ^ hash >> 32;
}

/* Of the bytes of a key, padding included; an incomplete last word is filled up with zeros. */
static inline __u64 nsa_hash(const void *key, size_t size)
{
	const unsigned char *bytes = key;
	__u64 hash = 0;

	for (size_t at = 0; at < size; at += sizeof(__u64)) {
		__u64 word = 0;

		memcpy(&word, bytes + at, size - at < sizeof(word) ? size - at : sizeof(word));
		hash = nsa_hash_word(hash, word);
	}
	return hash;
}

#endif
