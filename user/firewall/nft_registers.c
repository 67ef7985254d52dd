// SPDX-License-Identifier: GPL-2.0-only
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "firewall/nft_registers.h"

/* The old numbers of 16-byte registers each cover four 4-byte registers. */
static size_t place_of(__u32 number)
{
	if (number >= NFT_REG_1 && number <= NFT_REG_4)
		return (number - NFT_REG_1) * (size_t)NFT_REG_SIZE;
	if (number >= NFT_REG32_00 && number <= NFT_REG32_15)
		return (number - NFT_REG32_00) * (size_t)NFT_REG32_SIZE;
	return NSA_NFT_REGISTER_BYTES;
}

static const struct nsa_nft_byte *find_byte(const struct nsa_nft_registers *registers, __u32 number,
					    size_t offset)
{
	size_t place = place_of(number);

	return offset < NSA_NFT_REGISTER_BYTES - place ? &registers->bytes[place + offset] : NULL;
}

struct nsa_nft_byte *nsa_nft_register(struct nsa_nft_registers *registers, __u32 number,
				      size_t offset)
{
	return (struct nsa_nft_byte *)find_byte(registers, number, offset);
}

void nsa_nft_load_field(struct nsa_nft_registers *registers, __u32 number, enum nsa_field field)
{
	bool varies = nsa_field_varies(field);
	struct nsa_nft_byte *byte;

	for (size_t i = 0; (byte = nsa_nft_register(registers, number, i)); i++) {
		if (i >= NFT_REG32_SIZE && byte->loaded)
			continue;
		*byte = (struct nsa_nft_byte){
			.loaded = true,
			.is = varies ? nsa_byte_of(field) : (struct nsa_byte){},
			.from = { .field = field, .offset = (__u32)i },
			.kept = 0xff,
		};
	}
}

static struct nsa_nft_byte mask_byte(struct nsa_nft_byte byte, __u8 mask, __u8 flip)
{
	/* The connection keeps its mark, so that inverting a bit has another result for each
	 * packet. */
	if (byte.from.field == NSA_FIELD_CT_MARK && byte.kept & mask & flip)
		byte.is = nsa_byte_of(NSA_FIELD_CT_MARK);
	byte.is.varies &= mask;
	byte.is.known |= (__u8)~mask;
	byte.is.value = ((byte.is.value & mask) ^ flip) & byte.is.known;
	byte.kept &= (__u8)(mask & ~flip);
	return byte;
}

void nsa_nft_mask(struct nsa_nft_registers *registers, __u32 from, __u32 to, const __u8 *mask,
		  const __u8 *flip, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const struct nsa_nft_byte *here = find_byte(registers, from, i);
		struct nsa_nft_byte *there = nsa_nft_register(registers, to, i);

		if (here && there)
			*there = mask_byte(*here, mask[i], flip[i]);
	}
}

void nsa_nft_mix(struct nsa_nft_registers *registers, __u32 from, size_t len, __u32 to,
		 size_t to_len)
{
	enum nsa_field field = nsa_nft_varying(registers, from, len);
	const struct nsa_nft_byte *first = find_byte(registers, from, 0);
	struct nsa_nft_byte *byte;

	if (!field && first && first->from.field == NSA_FIELD_CT_MARK)
		field = NSA_FIELD_CT_MARK; /* for the same reason */
	for (size_t i = 0; i < to_len && (byte = nsa_nft_register(registers, to, i)); i++)
		*byte = (struct nsa_nft_byte){
			.loaded = true,
			.is = field ? nsa_byte_of(field) : (struct nsa_byte){},
		};
}

enum nsa_field nsa_nft_varying(const struct nsa_nft_registers *registers, __u32 number, size_t len)
{
	const struct nsa_nft_byte *byte;

	for (size_t i = 0; !len || i < len; i++) {
		byte = find_byte(registers, number, i);
		if (!len && i && (!byte || !byte->loaded))
			break;
		if (!byte || !byte->loaded)
			return NSA_FIELD_UNKNOWN;
		if (byte->is.varies)
			return nsa_byte_field(&byte->is);
	}
	return NSA_FIELD_NONE;
}

enum nsa_field nsa_nft_varying_any(const struct nsa_nft_registers *registers)
{
	for (size_t i = 0; i < NSA_NFT_REGISTER_BYTES; i++)
		if (registers->bytes[i].is.varies)
			return nsa_byte_field(&registers->bytes[i].is);
	return NSA_FIELD_NONE;
}

enum nsa_nft_equality nsa_nft_compare(const struct nsa_nft_registers *registers, __u32 number,
				      const __u8 *value, size_t len)
{
	enum nsa_nft_equality equality = NSA_NFT_EQUAL;

	for (size_t i = 0; i < len; i++) {
		const struct nsa_nft_byte *byte = find_byte(registers, number, i);

		if (byte && (byte->is.value ^ value[i]) & byte->is.known)
			return NSA_NFT_UNEQUAL;
		if (!byte || byte->is.known != 0xff)
			equality = NSA_NFT_UNSURE;
	}
	return equality;
}

bool nsa_nft_is(const struct nsa_nft_registers *registers, __u32 number, size_t len,
		struct nsa_nft_origin origin)
{
	for (size_t i = 0; i < len; i++, origin.offset++) {
		const struct nsa_nft_byte *byte = find_byte(registers, number, i);

		if (!byte || !byte->loaded || byte->kept != 0xff ||
		    memcmp(&byte->from, &origin, sizeof(origin)) != 0)
			return false;
	}
	return true;
}
