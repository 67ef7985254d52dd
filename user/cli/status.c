// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/port.h"
#include "cli/show.h"
#include "ops/query_status.h"
#include "util/cleanup.h"

static json_t *describe_owner(const struct nsa_owner_info *info)
{
	json_t *owner = nsa_show_netns(&info->netns), *ports = json_array(),
	       *missing = json_array(), *notes = json_array();

	for (size_t i = 0; i < info->port_count; i++) {
		const struct nsa_port_info *port = &info->ports[i];

		if (port->absent)
			json_array_append_new(missing, nsa_json_text(port->name));
		else
			json_array_append_new(ports, nsa_port_json(port));
	}
	for (size_t i = 0; i < info->notes.count; i++)
		json_array_append_new(notes, nsa_json_text(info->notes.items[i]));
	json_object_set_new(owner, "ports", ports);
	json_object_set_new(owner, "missing", missing);
	json_object_set_new(
		owner, "firewall",
		json_string(info->firewall == NSACCEL_FIREWALL_BYPASS ? "bypass" : "gate"));
	json_object_set_new(owner, "static", json_boolean(info->static_mode));
	json_object_set_new(owner, "notes", notes);
	return owner;
}

static json_t *describe(const struct nsa_status *info)
{
	bool dated = info->view_time && !info->daemon.runs;
	json_t *owners = json_array();

	for (size_t i = 0; i < info->owner_count; i++)
		json_array_append_new(owners, describe_owner(&info->owners[i]));
	return json_pack("{s:s, s:i, s:s, s:s, s:b, s:b, s:o, s:o}", "version", NSACCEL_VERSION,
			 "abi", NSACCEL_ABI_VERSION, "kernel", info->kernel, "bpffs", info->bpffs,
			 "daemon", info->daemon.runs, "daemon_died", info->daemon.died, "view_time",
			 dated ? json_integer(info->view_time) : json_null(), "owners", owners);
}

static json_t *confined_cell(const json_t *confined)
{
	const char *state = nsa_text(confined, "state");

	if (!json_is_object(confined))
		return json_string("-");
	if (!strcmp(state, "itself"))
		return json_string("yes");
	return strcmp(state, "closed") ? json_sprintf("as %s", nsa_text(confined, "netns")) :
					 json_string("closed");
}

static json_t *port_row(const json_t *port)
{
	const json_t *ep = json_object_get(port, "endpoint");
	const char *dev = nsa_text(port, "dev");

	return json_pack(
		"[o, s, s, s, s, s, s, o, s]",
		json_is_true(json_object_get(port, "present")) ? nsa_json_text(dev) :
								 json_sprintf("%s (gone)", dev),
		nsa_text(port, "kind"), nsa_text(port, "xdp"), nsa_text(port, "tc"),
		nsa_text(port, "gate"), nsa_text(port, "delivery"), nsa_text(ep, "netns"),
		confined_cell(json_object_get(port, "confined")), nsa_text(port, "reason"));
}

/* A daemon confirms the maps each second. */
#define LATE_SECONDS 10

static void format_age(const struct nsa_status *info, char *text, size_t size)
{
	double seconds = info->view_age;

	if (!info->view_time || seconds < 0) /* the clock was set back since */
		snprintf(text, size, "nobody knows how");
	else if (seconds < 120)
		snprintf(text, size, "%.0f s", seconds);
	else if (seconds < 7200)
		snprintf(text, size, "%.0f min", seconds / 60);
	else
		snprintf(text, size, "%.0f h", seconds / 3600);
}

static bool are_static(const json_t *owners)
{
	const json_t *owner;
	size_t i;

	json_array_foreach(owners, i, owner) {
		if (!json_is_true(json_object_get(owner, "static")))
			return false;
	}
	return true;
}

/* How old the following lines are, unless a daemon keeps them true. */
static void print_age(const struct nsa_status *info, const json_t *owners)
{
	const char *who = "no daemon runs", *rest = "; nsaccel daemon follows what changes";
	char age[32];

	if (info->daemon.runs && info->view_age < LATE_SECONDS)
		return;
	if (info->daemon.runs) {
		who = "the daemon can't follow what changes";
		rest = "; its log tells why";
	} else if (info->daemon.died) {
		who = "the daemon has died";
		rest = ", what changed since isn't followed; nsaccel daemon, or its service, "
		       "starts it again";
	} else if (are_static(owners)) {
		who = "no daemon runs (attach --static)";
		rest = "; nsaccel sync reads it anew";
	}
	format_age(info, age, sizeof(age));
	printf("%s: the view is %s old%s\n\n", who, age, rest);
}

static void print_owner(const struct nsa_cli *cli, const json_t *owner)
{
	static const char *const header[] = { "DEV",	  "KIND",     "XDP",
					      "TC",	  "GATE",     "DELIVERY",
					      "ENDPOINT", "CONFINED", "XDP REMARK" };
	json_t *rows = json_array(), *port, *note;
	size_t i;

	printf("namespace %s, cookie %s, firewall %s\n", nsa_text(owner, "netns"),
	       nsa_text(owner, "cookie"), nsa_text(owner, "firewall"));
	json_array_foreach(json_object_get(owner, "ports"), i, port)
		json_array_append_new(rows, port_row(port));
	nsa_print_table(cli, header, 9, rows);
	json_decref(rows);
	json_array_foreach(json_object_get(owner, "notes"), i, note)
		printf("note: %s\n", json_string_value(note));
}

static void print_text(const struct nsa_cli *cli, const struct nsa_status *info,
		       const json_t *status)
{
	const json_t *owners = json_object_get(status, "owners");
	json_t *owner;
	size_t i;

	if (json_array_size(owners))
		print_age(info, owners);
	else
		puts(cli->netns ? "nothing is attached in that namespace, nor leads to it; nsaccel "
				  "status shows all" :
				  "nothing is attached; nsaccel attach DEV begins");
	json_array_foreach(owners, i, owner) {
		if (i)
			putchar('\n');
		print_owner(cli, owner);
	}
}

int cmd_status(const struct nsa_cli *cli)
{
	__cleanup(nsa_status_free) struct nsa_status info = {};
	const struct nsa_query query = nsa_show_query(cli);
	json_t *status;
	int r;

	if (cli->count != 1)
		return nsa_usage("status: unknown word \"%s\"", cli->words[1]);
	r = nsa_query_status(&query, &info);
	if (r < 0)
		return r;
	status = describe(&info);
	if (!nsa_print_json(cli, status)) {
		print_text(cli, &info, status);
		json_decref(status);
	}
	return 0;
}
