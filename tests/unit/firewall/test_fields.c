// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/firewall/fields.c: which bits of headers can differ within a flow. */
#include <linux/netfilter/nf_tables.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "user/firewall/fields.h"
#include "user/firewall/nft_registers.h"
#include "user/firewall/rule.h"

/* Every bit of every header belongs to one field: the table has no holes that look constant. */
static void every_bit_has_a_field(void **state)
{
	static const struct {
		enum nsa_header header;
		const char *varies; /* by byte, in hex */
	} headers[] = {
		{ NSA_HEADER_ETHERNET, "0000000000000000000000000000" },
		{ NSA_HEADER_IP4, "0003ffffffffc0000000ffff0000000000000000" },
		{ NSA_HEADER_IP6,
		  "003fffffffff000000000000000000000000000000000000000000000000000000"
		  "00000000000000" },
		{ NSA_HEADER_TCP, "00000000ffffffffffffffffffe8ffffffffffffffffff" },
		{ NSA_HEADER_UDP, "00000000ffffffffffffff" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++)
		for (__u32 byte = 0; byte < strlen(headers[i].varies) / 2; byte++) {
			const char hex[] = { headers[i].varies[2 * byte],
					     headers[i].varies[2 * byte + 1], '\0' };

			assert_int_equal(nsa_field_byte(headers[i].header, byte).varies,
					 strtoul(hex, NULL, 16));
		}
}

static void what_follows_varies(void **state)
{
	static const enum nsa_header headers[] = { NSA_HEADER_TCP, NSA_HEADER_UDP, NSA_HEADER_IP4,
						   NSA_HEADER_IP6, NSA_HEADER_ETHERNET };

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++)
		for (__u32 byte = 100; byte < 70000; byte += 997)
			assert_int_equal(nsa_field_byte(headers[i], byte).varies, 0xff);
}

/* A header that begins within another one's base. */
static void headers_follow_each_other(void **state)
{
	(void)state;
	assert_int_equal(nsa_field_byte(NSA_HEADER_IP4, 20).varies, 0);	   /* a port */
	assert_int_equal(nsa_field_byte(NSA_HEADER_IP4, 24).varies, 0xff); /* length, sequence */
	assert_int_equal(nsa_field_byte(NSA_HEADER_IP6, 43).varies, 0);
	assert_int_equal(nsa_field_byte(NSA_HEADER_IP6, 44).varies, 0xff);
	assert_int_equal(nsa_field_byte(NSA_HEADER_ETHERNET, 13).varies, 0);
	assert_int_equal(nsa_field_byte(NSA_HEADER_ETHERNET, 15).varies, 0x3f);
	assert_int_equal(nsa_field_byte(NSA_HEADER_ETHERNET, 14).known, 0xf0 & ~0x20);
}

static void tcp_flags(void **state)
{
	(void)state;
	assert_int_equal(nsa_part_tcp_flags(0x02, false, 0), NSA_PART_SLOW);
	assert_int_equal(nsa_part_tcp_flags(0x17, true, 0x02), NSA_PART_SLOW);
	assert_int_equal(nsa_part_tcp_flags(0x17, false, 0x02), NSA_PART_SELECTS);
	assert_int_equal(nsa_part_tcp_flags(0x17, true, 0x10), NSA_PART_SELECTS);
	assert_int_equal(nsa_part_tcp_flags(0x3f, true, 0), NSA_PART_SLOW); /* always an ACK */
	assert_int_equal(nsa_part_tcp_flags(0x3f, true, 0x10), NSA_PART_EVERY);
	assert_int_equal(nsa_part_tcp_flags(0x08, false, 0), NSA_PART_EVERY);
	assert_int_equal(nsa_part_tcp_flags(0xc0, true, 0), NSA_PART_EVERY);
}

/* An extension by its name and data, as the kernel has it. */
static void extensions(void **state)
{
	static const char *const every[] = {
		"ecn",	   "length",	"tcpmss",    "string",	   "u32",	  "bpf",
		"limit",   "quota",	"recent",    "hashlimit",  "cpu",	  "policy",
		"rateest", "nfacct",	"ECN",	     "LOG",	   "TCPOPTSTRIP", "CHECKSUM",
		"TEE",	   "NFQUEUE",	"TCPMSS",    "TRACE",	   "SET",	  "tos",
		"TOS",	   "conntrack", "statistic", "unheard-of",
	};
	static const char *const same[] = {
		"ttl", "hl",   "dscp", "mac",	   "mark", "multiport", "physdev", "addrtype",
		"set", "DSCP", "TTL",  "CLASSIFY", "MARK", "DNAT",	"REJECT",  "",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(every) / sizeof(*every); i++)
		assert_int_equal(nsa_part_extension(every[i], 0, "", 0), NSA_PART_EVERY);
	for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++)
		assert_int_equal(nsa_part_extension(same[i], 0, "", 0), NSA_PART_SELECTS);
}

/* Registers by their old and new numbers are the same bytes. */
static void registers_overlap(void **state)
{
	struct nsa_nft_registers registers = {};

	(void)state;
	assert_ptr_equal(nsa_nft_register(&registers, NFT_REG_2, 0),
			 nsa_nft_register(&registers, NFT_REG32_04, 0));
	assert_ptr_equal(nsa_nft_register(&registers, NFT_REG_1, 63), &registers.bytes[63]);
	assert_null(nsa_nft_register(&registers, NFT_REG_1, 64));
	assert_null(nsa_nft_register(&registers, NFT_REG32_15, 4));
	assert_null(nsa_nft_register(&registers, NFT_REG_VERDICT, 0));
	assert_null(nsa_nft_register(&registers, 4000000000U, 0));
}

static void nothing_loaded_is_unknown(void **state)
{
	struct nsa_nft_registers registers = {};

	(void)state;
	assert_int_equal(nsa_nft_varying(&registers, NFT_REG_1, 4), NSA_FIELD_UNKNOWN);
	assert_int_equal(nsa_nft_varying(&registers, NFT_REG_1, 0), NSA_FIELD_UNKNOWN);
	nsa_nft_load_field(&registers, NFT_REG_1, NSA_FIELD_MARK);
	assert_int_equal(nsa_nft_varying(&registers, NFT_REG_1, 4), NSA_FIELD_NONE);
	assert_int_equal(nsa_nft_varying(&registers, NFT_REG_1, 65), NSA_FIELD_UNKNOWN);
	nsa_nft_load_field(&registers, NFT_REG32_02, NSA_FIELD_CPU);
	assert_int_equal(nsa_nft_varying(&registers, NFT_REG_1, 8), NSA_FIELD_NONE);
	assert_int_equal(nsa_nft_varying(&registers, NFT_REG_1, 9), NSA_FIELD_CPU);
	nsa_nft_mix(&registers, NFT_REG_1, 12, NFT_REG_3, 4);
	assert_int_equal(nsa_nft_varying(&registers, NFT_REG_3, 1), NSA_FIELD_CPU);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_bit_has_a_field),
		cmocka_unit_test(what_follows_varies),
		cmocka_unit_test(headers_follow_each_other),
		cmocka_unit_test(tcp_flags),
		cmocka_unit_test(extensions),
		cmocka_unit_test(registers_overlap),
		cmocka_unit_test(nothing_loaded_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
