// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/show.h"
#include "ops/query_shares.h"
#include "ops/share.h"
#include "ops/unshare.h"
#include "util/cleanup.h"
#include "util/parse.h"
#include "util/prefix.h"

#define VLAN_MAX 4094

static int parse_vlan(const char *word, __u16 *out)
{
	char *end;
	unsigned long vlan = strtoul(word, &end, 10);

	if (word[0] < '0' || word[0] > '9' || *end || vlan < 1 || vlan > VLAN_MAX)
		return nsa_usage("\"%s\" is no VLAN: there are 1 to %d", word, VLAN_MAX);
	*out = (__u16)vlan;
	return 0;
}

/* Is it a name that the kernel takes as it is? */
static bool is_device_name(const char *word)
{
	return *word && !strpbrk(word, "/:% \t\n") && strcmp(word, ".") && strcmp(word, "..");
}

/* Is it an address that one host can have? */
static bool is_unicast(const struct nsa_share_request *request)
{
	static const __u8 loopback[NSACCEL_ADDR_LEN] = { [15] = 1 }, none[NSACCEL_ADDR_LEN];
	const __u8 *addr = request->addr;

	if (request->family == NSACCEL_FAMILY_INET)
		return addr[0] && addr[0] != 127 && addr[0] < 224;
	return addr[0] != 0xff && memcmp(addr, none, sizeof(none)) != 0 &&
	       memcmp(addr, loopback, sizeof(loopback)) != 0;
}

/* "10.0.0.5/24": an address and the length of its prefix; without one, all bits. */
static int parse_address(const char *word, struct nsa_share_request *request)
{
	char text[64], *slash, *end;
	unsigned long length, most;
	const char *why = "";

	if (strlen(word) >= sizeof(text))
		return nsa_usage("address \"%s\" is no address", word);
	memcpy(text, word, strlen(word) + 1);
	slash = strchr(text, '/');
	if (slash)
		*slash++ = '\0';
	if (nsa_parse_addr(text, &request->family, request->addr, &why))
		return nsa_usage("address \"%s\" %s", word, why);
	if (!is_unicast(request))
		return nsa_usage("address \"%s\" is no host's address", word);
	most = nsa_addr_bits((__u8)request->family);
	length = slash ? strtoul(slash, &end, 10) : most;
	if (slash && (slash[0] < '0' || slash[0] > '9' || *end || !length || length > most))
		return nsa_usage("address \"%s\" has no prefix length of 1 to %lu", word, most);
	request->length = (__u8)length;
	return 0;
}

/* Which words, beside "vlan VLAN", a command takes after the device. */
enum {
	TAKES_NETNS = 1 << 0,
	TAKES_ADDRESS = 1 << 1,
	TAKES_DEV = 1 << 2,
};

static int parse_word(const char *command, unsigned int takes, const char *word, const char *value,
		      struct nsa_share_request *request)
{
	if (!strcmp(word, "vlan"))
		return parse_vlan(value, &request->vlan);
	if (takes & TAKES_ADDRESS && !strcmp(word, "address"))
		return parse_address(value, request);
	if (takes & TAKES_NETNS && !strcmp(word, "netns")) {
		request->netns = value;
		return 0;
	}
	if (!(takes & TAKES_DEV) || strcmp(word, "dev") != 0)
		return nsa_usage("%s: unknown word \"%s\"", command, word);
	if (!is_device_name(value))
		return nsa_usage("%s: \"%s\" is no name of a device", command, value);
	request->dev = value;
	return 0;
}

/* Parses the device and the words after it. */
static int parse_words(const struct nsa_cli *cli, unsigned int takes,
		       struct nsa_share_request *request)
{
	int r = 0;

	if (cli->count < 2)
		return nsa_usage("%s wants a device", cli->words[0]);
	request->bpffs = cli->bpffs;
	request->owner = cli->netns;
	request->nic = cli->words[1];
	for (int i = 2; !r && i < cli->count; i += 2) {
		if (i + 1 == cli->count)
			return nsa_usage("%s: \"%s\" wants a value", cli->words[0], cli->words[i]);
		r = nsa_cli_once(cli, 2, i);
		if (!r)
			r = parse_word(cli->words[0], takes, cli->words[i], cli->words[i + 1],
				       request);
	}
	return r;
}

/* -n names the namespace that the device is in, as with every command, so another word names its
 * user. */
static int wants_netns(const char *command, const char *usage)
{
	return nsa_usage("%s wants the namespace that is to use the device: %s (-n names the one "
			 "that the device is in)",
			 command, usage);
}

static json_t *describe(const struct nsa_share_info *info)
{
	const struct nsaccel_share *share = &info->share;
	json_t *entry = nsa_show_netns(&info->netns);

	json_object_set_new(entry, "nic", nsa_json_text(info->nic));
	if (share->key.vlan)
		json_object_set_new(entry, "vlan", json_integer(share->key.vlan));
	if (share->key.family) {
		json_object_set_new(entry, "address",
				    nsa_json_addr(share->key.family, share->key.addr));
		json_object_set_new(entry, "length", json_integer(share->length));
	}
	json_object_set_new(entry, "dev", nsa_json_text(share->name));
	json_object_set_new(entry, "port", nsa_json_text(info->port));
	return entry;
}

static int collect(const struct nsa_query *query, json_t *out)
{
	__cleanup(nsa_freep) struct nsa_share_info *all = NULL;
	size_t count;
	int r = nsa_query_shares(query, &all, &count);

	for (size_t i = 0; !r && i < count; i++)
		json_array_append_new(out, describe(&all[i]));
	return r;
}

static json_t *vlan_text(const json_t *entry)
{
	return json_object_get(entry, "vlan") ? nsa_show_number(entry, "vlan") : json_string("-");
}

static json_t *address_text(const json_t *entry)
{
	const char *address = nsa_text(entry, "address");

	if (!*address)
		return json_string("all");
	return json_sprintf("%s/%lld", address,
			    json_integer_value(json_object_get(entry, "length")));
}

static void print_text(const struct nsa_cli *cli, const json_t *entries)
{
	static const char *const header[] = { "NIC", "VLAN", "ADDRESS", "NETNS", "DEV", "PORT" };
	json_t *rows = json_array(), *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
		json_array_append_new(rows,
				      json_pack("[s, o, o, s, s, s]", nsa_text(entry, "nic"),
						vlan_text(entry), address_text(entry),
						nsa_text(entry, "netns"), nsa_text(entry, "dev"),
						nsa_text(entry, "port")));
	nsa_print_table(cli, header, 6, rows);
	json_decref(rows);
}

int cmd_share(const struct nsa_cli *cli)
{
	static const struct nsa_show show = { collect, print_text };
	static const char usage[] = "share DEV netns NETNS address ADDRESS/LENGTH";
	struct nsa_share_request request = {};
	int r;

	if (cli->count == 1 || (cli->count == 2 && !strcmp(cli->words[1], "show")))
		return nsa_show_only(cli, &show);
	r = parse_words(cli, TAKES_NETNS | TAKES_ADDRESS | TAKES_DEV, &request);
	if (r)
		return r;
	if (!request.netns)
		return wants_netns("share", usage);
	if (!request.family)
		return nsa_usage("share wants an address: %s", usage);
	return nsa_share(&request);
}

int cmd_unshare(const struct nsa_cli *cli)
{
	struct nsa_share_request request = {};
	int r;

	r = parse_words(cli, TAKES_NETNS | TAKES_ADDRESS, &request);
	if (!r && !request.netns)
		r = wants_netns("unshare", "unshare DEV netns NETNS");
	return r ? r : nsa_unshare(&request);
}

int cmd_bind(const struct nsa_cli *cli)
{
	static const char usage[] = "bind DEV vlan VLAN netns NETNS";
	struct nsa_share_request request = {};
	int r;

	r = parse_words(cli, TAKES_NETNS | TAKES_DEV, &request);
	if (!r && !request.vlan)
		r = nsa_usage("bind wants a VLAN: %s", usage);
	if (!r && !request.netns)
		r = wants_netns("bind", usage);
	return r ? r : nsa_share(&request);
}

int cmd_unbind(const struct nsa_cli *cli)
{
	struct nsa_share_request request = {};
	int r;

	r = parse_words(cli, 0, &request);
	if (!r && !request.vlan)
		r = nsa_usage("unbind wants a VLAN: unbind DEV vlan VLAN");
	return r ? r : nsa_unshare(&request);
}
