// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/output.h"
#include "util/utf8.h"

bool nsa_print_json(const struct nsa_cli *cli, json_t *value)
{
	if (!cli->json)
		return false;
	json_dumpf(value, stdout, cli->pretty ? JSON_INDENT(2) : JSON_COMPACT);
	putchar('\n');
	json_decref(value);
	return true;
}

bool nsa_is_terminal(void)
{
	return isatty(STDOUT_FILENO);
}

static bool is_colored(const struct nsa_cli *cli)
{
	return cli->color == NSA_COLOR_ALWAYS ||
	       (cli->color == NSA_COLOR_AUTO && nsa_is_terminal());
}

static const char *cell(const json_t *row, size_t column)
{
	const char *text = json_string_value(json_array_get(row, column));

	return text && *text ? text : "-";
}

static void print_cell(const char *text, size_t width, bool last)
{
	if (last)
		printf("%s\n", text);
	else
		printf("%-*s  ", (int)width, text);
}

void nsa_print_table(const struct nsa_cli *cli, const char *const *header, size_t columns,
		     const json_t *rows)
{
	size_t width[16] = {}, i, column;
	bool bold = is_colored(cli);
	json_t *row;

	for (column = 0; column < columns; column++)
		width[column] = strlen(header[column]);
	json_array_foreach(rows, i, row)
		for (column = 0; column < columns; column++)
			if (strlen(cell(row, column)) > width[column])
				width[column] = strlen(cell(row, column));
	fputs(bold ? "\033[1m" : "", stdout);
	for (column = 0; column < columns; column++)
		print_cell(header[column], width[column], column + 1 == columns);
	fputs(bold ? "\033[0m" : "", stdout);
	json_array_foreach(rows, i, row)
		for (column = 0; column < columns; column++)
			print_cell(cell(row, column), width[column], column + 1 == columns);
}

json_t *nsa_json_text(const char *text)
{
	json_t *value = json_string(text);
	char copy[512];

	if (value)
		return value;
	snprintf(copy, sizeof(copy), "%s", text);
	nsa_utf8_clean(copy);
	return json_string(copy);
}

json_t *nsa_json_netns(const struct nsa_netns_list *list, const struct nsa_maps *maps, __u64 cookie)
{
	const struct nsa_netns *ns = list ? nsa_netns_find(list, cookie) : NULL;
	struct nsaccel_netns known = {};
	char number[24];

	if (!ns && maps)
		nsa_maps_netns_get(maps, cookie, &known);
	snprintf(number, sizeof(number), "%llu", cookie);
	return json_pack("{s:o, s:s}", "netns", nsa_json_text(ns ? ns->name : known.name), "cookie",
			 number);
}

json_t *nsa_json_mac(const __u8 mac[NSACCEL_MAC_LEN])
{
	return json_sprintf("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
			    mac[5]);
}

static const char *addr_text(enum nsaccel_family family, const __u8 *addr,
			     char text[INET6_ADDRSTRLEN])
{
	return inet_ntop(family == NSACCEL_FAMILY_INET ? AF_INET : AF_INET6, addr, text,
			 INET6_ADDRSTRLEN);
}

json_t *nsa_json_addr(enum nsaccel_family family, const __u8 addr[NSACCEL_ADDR_LEN])
{
	char text[INET6_ADDRSTRLEN];

	return json_string(addr_text(family, addr, text));
}

json_t *nsa_json_prefix(const struct nsaccel_prefix *prefix)
{
	char text[INET6_ADDRSTRLEN];

	return json_sprintf("%s/%u", addr_text(prefix->family, prefix->addr, text),
			    prefix->prefixlen - NSACCEL_PREFIX_FAMILY_BITS);
}

const char *nsa_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

const char *nsa_reason_field(enum nsaccel_reason reason)
{
	static const char *const names[] = {
#define FIELD(NAME, field, text) #field,
		NSACCEL_REASONS(FIELD)
#undef FIELD
	};

	return NSA_NAME(names, reason);
}

const char *nsa_reason_text(enum nsaccel_reason reason)
{
	static const char *const names[] = {
#define TEXT(NAME, field, text) text,
		NSACCEL_REASONS(TEXT)
#undef TEXT
	};

	return NSA_NAME(names, reason);
}

const char *nsa_action_name(enum nsaccel_action action)
{
	static const char *const names[] = { "none", "pass", "drop", "reject",
					     "fib",  "nic",  "veth", "macvlan" };

	return NSA_NAME(names, action);
}

const char *nsa_hook_name(enum nsaccel_hook hook)
{
	static const char *const names[] = { "xdp", "tc_ingress", "tc_egress" };

	return NSA_NAME(names, hook);
}

const char *nsa_kind_name(enum nsaccel_kind kind)
{
	static const char *const names[] = { "none", "nic", "veth", "macvlan" };

	return NSA_NAME(names, kind);
}

const char *nsa_origin_name(enum nsaccel_origin origin)
{
	static const char *const names[] = { "none", "static", "endpoint", "kernel", "neighbour" };

	return NSA_NAME(names, origin);
}
