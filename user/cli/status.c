// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/show.h"
#include "dataplane/hook_xdp.h"
#include "maps/follower.h"
#include "maps/pin.h"
#include "maps/session.h"
#include "ops/port_notes.h"
#include "ops/slow_paths.h"
#include "ops/status.h"
#include "reconcile/requests.h"
#include "util/cleanup.h"
#include "util/log.h"

static const char *xdp_name(enum nsaccel_xdp_attach xdp)
{
	return xdp == NSACCEL_XDP_LINK	     ? "link" :
	       xdp == NSACCEL_XDP_DISPATCHER ? "dispatcher" :
					       "none";
}

static const char *tc_name(enum nsa_tc_kind tc)
{
	return tc == NSA_TC_TCX ? "tcx" : tc == NSA_TC_CLSACT ? "clsact" : "none";
}

static const char *gate_name(__u8 gate)
{
	return gate == NSACCEL_GATE_SHUT ? "shut" : gate == NSACCEL_GATE_FLOW ? "flow" : "open";
}

static json_t *describe_endpoint(const struct nsa_session *session,
				 const struct nsa_port_entry *entry)
{
	const struct nsaccel_port *port = &entry->port;
	struct nsaccel_endpoint_key key = { .owner_slot = entry->key.owner_slot,
					    .ifindex = entry->key.ifindex };
	struct nsaccel_endpoint ep = {};
	json_t *out;

	if (!port->endpoint_cookie)
		return json_null();
	memcpy(key.mac, port->endpoint_mac, sizeof(key.mac));
	nsa_maps_endpoint_get(session->maps, &key, &ep);
	out = nsa_show_netns(session, port->endpoint_cookie);
	json_object_set_new(out, "dev", nsa_json_text(ep.name));
	json_object_set_new(out, "ifindex", json_integer(port->endpoint_ifindex));
	json_object_set_new(out, "mac", nsa_json_mac(port->endpoint_mac));
	return out;
}

/* As whom what is behind the port is treated. */
static json_t *describe_bound(const struct nsa_session *session, const struct nsaccel_port *port)
{
	json_t *out;

	if (port->bound == NSACCEL_BOUND_NONE)
		return json_null();
	out = port->bound_cookie ? nsa_show_netns(session, port->bound_cookie) : json_object();
	json_object_set_new(out, "state", json_string(nsa_bound_name(port->bound)));
	return out;
}

json_t *nsa_json_port(const struct nsa_session *session, const struct nsa_port_entry *entry)
{
	const struct nsaccel_port *port = &entry->port;
	struct nsa_port_status status;
	const char *why = nsa_xdp_why(port->xdp_why);
	json_t *out = json_object();

	nsa_status_port(session, entry, &status);
	json_object_set_new(out, "dev", nsa_json_text(status.name));
	json_object_set_new(out, "ifindex", json_integer(entry->key.ifindex));
	json_object_set_new(out, "present", json_boolean(status.present));
	json_object_set_new(out, "kind", json_string(nsa_kind_name(port->kind)));
	json_object_set_new(out, "requested", json_boolean(port->requested));
	json_object_set_new(out, "xdp", json_string(xdp_name(port->xdp)));
	json_object_set_new(out, "tc", json_string(tc_name(status.tc)));
	json_object_set_new(out, "gate", json_string(gate_name(port->gate)));
	json_object_set_new(out, "bridge",
			    *status.bridge ? nsa_json_text(status.bridge) : json_null());
	json_object_set_new(out, "delivery",
			    json_string(port->delivery == NSACCEL_DELIVERY_XDP ? "xdp" : "tc"));
	json_object_set_new(out, "mtu", json_integer(port->mtu));
	json_object_set_new(out, "mac", nsa_json_mac(port->mac));
	json_object_set_new(out, "reason", *why ? json_string(why) : json_null());
	json_object_set_new(out, "endpoint", describe_endpoint(session, entry));
	json_object_set_new(out, "confined", describe_bound(session, port));
	return out;
}

static json_t *describe_notes(const struct nsa_session *session, __u64 cookie)
{
	__cleanup(nsa_notes_free) struct nsa_notes more = {};
	struct nsa_owner_status status;
	json_t *notes = json_array();

	nsa_status_owner(session, cookie, &status);
	if (!status.reachable)
		json_array_append_new(notes,
				      json_string("the namespace can't be reached, or is gone; "
						  "nsaccel detach --all cleans up"));
	if (*status.forwarding)
		json_array_append_new(notes, json_string(status.forwarding));
	if (*status.rules)
		json_array_append_new(notes, json_string(status.rules));
	if (*status.firewall)
		json_array_append_new(notes, nsa_json_text(status.firewall));
	nsa_port_notes(session, cookie, &more);
	nsa_slow_path_notes(session, cookie, &more);
	for (size_t i = 0; i < more.count; i++)
		json_array_append_new(notes, nsa_json_text(more.items[i]));
	if (*status.quotas)
		json_array_append_new(notes, nsa_json_text(status.quotas));
	return notes;
}

static void describe_record(const struct nsa_session *session, __u32 slot, json_t *out)
{
	struct nsaccel_owner owner = {};

	nsa_maps_owner_get(session->maps, slot, &owner);
	json_object_set_new(
		out, "firewall",
		json_string(owner.firewall == NSACCEL_FIREWALL_BYPASS ? "bypass" : "gate"));
	json_object_set_new(out, "static", json_boolean(owner.snapshot));
}

static int describe_owners(const struct nsa_session *session, const struct nsa_netns *only,
			   json_t *owners)
{
	__cleanup(nsa_freep) struct nsa_port_entry *ports = NULL;
	json_t *owner = NULL;
	size_t count = 0;
	__u64 last = 0;
	int r;

	r = nsa_maps_ports(session->maps, &ports, &count);
	if (r < 0)
		return nsa_err(r, "read map ports: %s", strerror(-r));
	for (size_t i = 0; i < count; i++) {
		__u64 cookie = ports[i].port.owner_cookie;

		if (only && only->cookie != cookie && only->cookie != ports[i].port.endpoint_cookie)
			continue;
		if (!owner || cookie != last) {
			last = cookie;
			owner = nsa_show_netns(session, cookie);
			json_object_set_new(owner, "ports", json_array());
			json_object_set_new(owner, "missing", json_array());
			describe_record(session, ports[i].key.owner_slot, owner);
			json_object_set_new(owner, "notes", describe_notes(session, cookie));
			json_array_append_new(owners, owner);
		}
		if (nsa_is_absent(&ports[i]))
			json_array_append_new(json_object_get(owner, "missing"),
					      nsa_json_text(ports[i].port.name));
		else
			json_array_append_new(json_object_get(owner, "ports"),
					      nsa_json_port(session, &ports[i]));
	}
	return 0;
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

/* A daemon confirms what it knows each second. */
#define LATE_SECONDS 10

static void duration(const struct nsa_follower *follower, char *text, size_t size)
{
	double seconds = follower->age;

	if (!follower->time || seconds < 0) /* the clock was set back since */
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

/* What everything that comes after it is worth. */
static void print_follower(const struct nsa_follower *follower, const json_t *owners)
{
	const char *who = "no daemon runs", *rest = "; nsaccel daemon follows what changes";
	char age[32];

	if (follower->runs && follower->age < LATE_SECONDS)
		return;
	if (follower->runs) {
		who = "the daemon can't follow what changes";
		rest = "; its log tells why";
	} else if (follower->died) {
		who = "the daemon has died";
		rest = ", what changed since isn't followed; nsaccel daemon, or its service, "
		       "starts it again";
	} else if (are_static(owners)) {
		who = "no daemon runs (attach --static)";
		rest = "; nsaccel sync reads it anew";
	}
	duration(follower, age, sizeof(age));
	printf("%s: the view is %s old%s\n\n", who, age, rest);
}

static void print_text(const struct nsa_cli *cli, const struct nsa_follower *follower,
		       const json_t *status)
{
	static const char *const header[] = { "DEV",	  "KIND",     "XDP",
					      "TC",	  "GATE",     "DELIVERY",
					      "ENDPOINT", "CONFINED", "XDP REMARK" };
	const json_t *owners = json_object_get(status, "owners");
	json_t *owner, *port, *note, *rows;
	size_t i, j;

	if (json_array_size(owners))
		print_follower(follower, owners);
	if (!json_array_size(owners))
		puts(cli->netns ? "nothing is attached in that namespace, nor leads to it; nsaccel "
				  "status shows all" :
				  "nothing is attached; nsaccel attach DEV begins");
	json_array_foreach(owners, i, owner) {
		printf("%snamespace %s, cookie %s, firewall %s\n", i ? "\n" : "",
		       nsa_text(owner, "netns"), nsa_text(owner, "cookie"),
		       nsa_text(owner, "firewall"));
		rows = json_array();
		json_array_foreach(json_object_get(owner, "ports"), j, port)
			json_array_append_new(rows, port_row(port));
		nsa_print_table(cli, header, 9, rows);
		json_decref(rows);
		json_array_foreach(json_object_get(owner, "notes"), j, note)
			printf("note: %s\n", json_string_value(note));
	}
}

int cmd_status(const struct nsa_cli *cli)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	const struct nsa_netns *only = NULL;
	struct nsa_follower follower;
	struct utsname kernel = {};
	json_t *status, *owners;
	int r;

	if (cli->count != 1)
		return nsa_usage("status: unknown word \"%s\"", cli->words[1]);
	r = nsa_session_open(cli->bpffs, &session);
	if (!r && cli->netns)
		r = nsa_session_netns(&session, cli->netns, &only);
	if (r < 0)
		return r;
	uname(&kernel);
	owners = json_array();
	nsa_follower_look(&follower);
	status = json_pack(
		"{s:s, s:i, s:s, s:s, s:b, s:b, s:o, s:o}", "version", NSACCEL_VERSION, "abi",
		NSACCEL_ABI_VERSION, "kernel", kernel.release, "bpffs", nsa_pin_bpffs(), "daemon",
		follower.runs, "daemon_died", follower.died, "view_time",
		follower.runs || !follower.time ? json_null() : json_integer(follower.time),
		"owners", owners);
	if (session.maps)
		r = describe_owners(&session, only, owners);
	if (r < 0) {
		json_decref(status);
		return r;
	}
	if (!nsa_print_json(cli, status)) {
		print_text(cli, &follower, status);
		json_decref(status);
	}
	return 0;
}
