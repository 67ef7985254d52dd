// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/port.h"
#include "ops/attach.h"
#include "ops/follow.h"
#include "ops/query_ports.h"
#include "util/cleanup.h"
#include "util/log.h"

static int parse_mode(const char *word, enum nsaccel_mode *out)
{
	if (!strcmp(word, "auto"))
		*out = NSACCEL_MODE_AUTO;
	else if (!strcmp(word, "native"))
		*out = NSACCEL_MODE_NATIVE;
	else if (!strcmp(word, "tc"))
		*out = NSACCEL_MODE_TC;
	else
		return nsa_usage("--mode: \"%s\" is not auto, native or tc", word);
	return 0;
}

static int parse_delivery(const char *word, enum nsaccel_delivery *out)
{
	if (!strcmp(word, "tc"))
		*out = NSACCEL_DELIVERY_TC;
	else if (!strcmp(word, "xdp"))
		*out = NSACCEL_DELIVERY_XDP;
	else
		return nsa_usage("--delivery: \"%s\" is not tc or xdp", word);
	return 0;
}

/* Without a daemon the attach isn't undone: the fast path is right as long as nothing changes. */
static int follow(bool snapshot)
{
	if (!nsa_follow(snapshot))
		return 0;
	nsa_warn("it is attached, but nothing follows what changes; nsaccel daemon does, nsaccel "
		 "detach takes it back, attach --static does without");
	return NSA_EXIT_DEGRADED;
}

/* The owner's ports; that of the device that was named has "remark", if it isn't plain. */
static json_t *describe_ports(const struct nsa_attached *attached, const struct nsa_port_info *all,
			      size_t count)
{
	json_t *ports = json_array();

	for (size_t i = 0; i < count; i++) {
		json_t *port = nsa_port_json(&all[i]);

		if (*attached->what && all[i].ifindex == attached->ifindex)
			json_object_set_new(port, "remark", nsa_json_text(attached->what));
		json_array_append_new(ports, port);
	}
	return ports;
}

static void print_port(const json_t *port)
{
	const json_t *ep = json_object_get(port, "endpoint");
	const char *xdp = nsa_text(port, "xdp");

	printf("%s: %s, %sTC", nsa_text(port, "dev"), nsa_text(port, "kind"),
	       strcmp(xdp, "none") ? "XDP and " : "");
	if (json_is_object(ep))
		printf(", leads to %s in namespace %s", nsa_text(ep, "dev"), nsa_text(ep, "netns"));
	if (*nsa_text(port, "remark"))
		printf(" (%s)", nsa_text(port, "remark"));
	putchar('\n');
}

static int report(const struct nsa_cli *cli, const struct nsa_attached *attached)
{
	__cleanup(nsa_freep) struct nsa_port_info *all = NULL;
	json_t *ports, *port;
	size_t count, i;
	int r;

	r = nsa_query_ports(cli->bpffs, attached->owner_cookie, &all, &count);
	if (r < 0)
		return r;
	ports = describe_ports(attached, all, count);
	if (nsa_print_json(cli, ports))
		return 0;
	json_array_foreach(ports, i, port)
		print_port(port);
	json_decref(ports);
	/* To a person, and on stderr: it's no part of the answer. */
	if (nsa_is_terminal())
		nsa_info("nsaccel status shows more, nsaccel detach undoes it");
	return 0;
}

int cmd_attach(const struct nsa_cli *cli)
{
	struct nsa_attached attached = {};
	int followed;
	struct nsa_attach_request request = { .bpffs = cli->bpffs, .netns = cli->netns };
	int r = 0;

	if (cli->count != 2)
		return nsa_usage("attach wants one device");
	request.dev = cli->words[1];
	if (cli->mode) {
		request.set_mode = true;
		r = parse_mode(cli->mode, &request.mode);
	}
	if (!r && cli->delivery) {
		request.set_delivery = true;
		r = parse_delivery(cli->delivery, &request.delivery);
	}
	if (r)
		return r;
	if (cli->firewall && strcmp(cli->firewall, "gate") && strcmp(cli->firewall, "bypass"))
		return nsa_usage("--firewall: \"%s\" is not gate or bypass", cli->firewall);
	request.set_firewall = cli->firewall;
	if (cli->firewall && !strcmp(cli->firewall, "bypass"))
		request.firewall = NSACCEL_FIREWALL_BYPASS;
	request.snapshot = cli->snapshot;
	r = nsa_attach(&request, &attached);
	if (r)
		return r;
	followed = follow(cli->snapshot);
	if (!cli->quiet && report(cli, &attached) < 0) {
		nsa_log_forget(); /* what was to be done is */
		nsa_warn("%s is attached, but what that did can't be shown: try nsaccel status",
			 request.dev);
	}
	return followed;
}

int cmd_detach(const struct nsa_cli *cli)
{
	if (cli->all)
		return cli->count == 1 ? nsa_detach_all(cli->bpffs, cli->netns, cli->force) :
					 nsa_usage("detach --all wants no device");
	if (cli->count != 2)
		return nsa_usage("detach wants one device, or --all");
	return nsa_detach(cli->bpffs, cli->netns, cli->words[1], cli->force);
}

int cmd_endpoint_set(const struct nsa_cli *cli)
{
	enum nsaccel_delivery delivery = NSACCEL_DELIVERY_TC;
	int r;

	if (cli->count != 3 || !cli->delivery)
		return nsa_usage("endpoint set wants one device and --delivery");
	r = parse_delivery(cli->delivery, &delivery);
	return r ? r : nsa_endpoint_set_delivery(cli->bpffs, cli->netns, cli->words[2], delivery);
}
