// SPDX-License-Identifier: GPL-2.0-only
#include "cli/port.h"
#include "cli/show.h"

static const char *xdp_name(enum nsaccel_xdp_attach xdp)
{
	return xdp == NSACCEL_XDP_LINK	     ? "link" :
	       xdp == NSACCEL_XDP_DISPATCHER ? "dispatcher" :
					       "none";
}

static const char *gate_name(__u8 gate)
{
	return gate == NSACCEL_GATE_SHUT ? "shut" : gate == NSACCEL_GATE_FLOW ? "flow" : "open";
}

static json_t *describe_endpoint(const struct nsa_port_info *info)
{
	json_t *out;

	if (!info->endpoint.cookie)
		return json_null();
	out = nsa_show_netns(&info->endpoint);
	json_object_set_new(out, "dev", nsa_json_text(info->endpoint_name));
	json_object_set_new(out, "ifindex", json_integer(info->port.endpoint_ifindex));
	json_object_set_new(out, "mac", nsa_json_mac(info->port.endpoint_mac));
	return out;
}

/* The namespace whose settings hold for what is behind the port. */
static json_t *describe_bound(const struct nsa_port_info *info)
{
	json_t *out;

	if (info->port.bound == NSACCEL_BOUND_NONE)
		return json_null();
	out = info->bound.cookie ? nsa_show_netns(&info->bound) : json_object();
	json_object_set_new(out, "state", json_string(nsa_bound_name(info->port.bound)));
	return out;
}

json_t *nsa_port_json(const struct nsa_port_info *info)
{
	const struct nsaccel_port *port = &info->port;
	json_t *out = json_object();

	json_object_set_new(out, "dev", nsa_json_text(info->name));
	json_object_set_new(out, "ifindex", json_integer(info->ifindex));
	json_object_set_new(out, "present", json_boolean(info->present));
	json_object_set_new(out, "kind", json_string(nsa_kind_name(port->kind)));
	json_object_set_new(out, "requested", json_boolean(port->requested));
	json_object_set_new(out, "xdp", json_string(xdp_name(port->xdp)));
	json_object_set_new(out, "tc", json_string(info->tc));
	json_object_set_new(out, "gate", json_string(gate_name(port->gate)));
	json_object_set_new(out, "bridge",
			    *info->bridge ? nsa_json_text(info->bridge) : json_null());
	json_object_set_new(out, "delivery", json_string(nsa_delivery_name(port->delivery)));
	json_object_set_new(out, "mtu", json_integer(port->mtu));
	json_object_set_new(out, "mac", nsa_json_mac(port->mac));
	json_object_set_new(out, "reason",
			    *info->xdp_why ? json_string(info->xdp_why) : json_null());
	json_object_set_new(out, "endpoint", describe_endpoint(info));
	json_object_set_new(out, "confined", describe_bound(info));
	return out;
}
