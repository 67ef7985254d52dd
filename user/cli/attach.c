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

/* The attach itself has succeeded. JSON is one document, which an error at the end of the command
 * would follow as a second one: what went wrong beside becomes a warning. */
static void downgrade_error(const struct nsa_cli *cli)
{
	if (cli->json && nsa_log_error())
		nsa_warn("%s", nsa_log_error());
	nsa_log_forget();
}

/* Without a daemon the attach isn't undone: the fast path is right as long as nothing changes. */
static int follow(const struct nsa_cli *cli)
{
	if (!nsa_follow(cli->static_mode))
		return 0;
	downgrade_error(cli);
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

/* The options' values; those that aren't given stay as they were. */
static int parse_options(const struct nsa_cli *cli, struct nsa_attach_request *out)
{
	int mode = 0, delivery = 0, firewall = 0;

	if (cli->mode)
		mode = nsa_option_choice("mode", cli->mode);
	if (mode >= 0 && cli->delivery)
		delivery = nsa_option_choice("delivery", cli->delivery);
	if (mode >= 0 && delivery >= 0 && cli->firewall)
		firewall = nsa_option_choice("firewall", cli->firewall);
	if (mode < 0 || delivery < 0 || firewall < 0)
		return NSA_EXIT_USAGE;
	out->set_mode = cli->mode;
	out->mode = (enum nsaccel_mode)mode;
	out->set_delivery = cli->delivery;
	out->delivery = (enum nsaccel_delivery)delivery;
	out->set_firewall = cli->firewall;
	out->firewall = (enum nsaccel_firewall)firewall;
	out->static_mode = cli->static_mode;
	return 0;
}

int cmd_attach(const struct nsa_cli *cli)
{
	struct nsa_attach_request request = { .bpffs = cli->bpffs, .netns = cli->netns };
	struct nsa_attached attached = {};
	int followed, r;

	if (cli->count != 2)
		return nsa_usage("attach wants one device");
	request.dev = cli->words[1];
	r = parse_options(cli, &request);
	if (!r)
		r = nsa_attach(&request, &attached);
	if (r)
		return r;
	followed = follow(cli);
	if (!cli->quiet && report(cli, &attached) < 0) {
		downgrade_error(cli);
		nsa_warn("%s is attached, but what that did can't be shown: try nsaccel status",
			 request.dev);
	}
	return followed;
}
