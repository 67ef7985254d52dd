// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "model/bound_text.h"
#include "model/device_kind.h"

static void closed_text(const struct nsaccel_port *port, const char *now, const char *first,
			char text[NSA_BOUND_TEXT])
{
	if (*first)
		snprintf(
			text, NSA_BOUND_TEXT,
			"%s is closed: it was namespace %s's, and leads to %s now, of which "
			"something else was said; nsaccel ns set %s, with what it may do, opens it",
			port->name, first, now, now);
	else
		snprintf(text, NSA_BOUND_TEXT,
			 "%s is closed: there is no slot left for namespace %s, and there are "
			 "policies",
			 port->name, now);
}

bool nsa_bound_port_text(const struct nsaccel_port *port, const char *now, const char *first,
			 char text[NSA_BOUND_TEXT])
{
	switch (port->bound) {
	case NSACCEL_BOUND_MOVED:
		snprintf(
			text, NSA_BOUND_TEXT,
			"%s leads to namespace %s now, but is held to the settings of %s, which "
			"it led to before; nsaccel ns set %s gives the new one settings of its own",
			port->name, now, first, now);
		return true;
	case NSACCEL_BOUND_UNSEEN:
		snprintf(text, NSA_BOUND_TEXT,
			 "the namespace behind %s can't be found or read; the port keeps the "
			 "settings of %s; nsaccel ns set dev %s changes them",
			 port->name, first, port->name);
		return true;
	case NSACCEL_BOUND_CLOSED:
		closed_text(port, now, first, text);
		return true;
	default:
		return false;
	}
}

bool nsa_bound_endpoint_text(const struct nsaccel_endpoint *ep, const char *netns, const char *port,
			     char text[NSA_BOUND_TEXT])
{
	if (ep->kind == NSACCEL_KIND_NONE && ep->bound >= NSACCEL_BOUND_CLOSED) {
		snprintf(text, NSA_BOUND_TEXT,
			 "a macvlan on %s (%s in its namespace) has the MAC address of a neighbour "
			 "that was there before: it %s until it has another",
			 port, ep->name,
			 ep->bound == NSACCEL_BOUND_CLOSED ? "is closed" : "is left to the kernel");
		return true;
	}
	if (!nsa_kind(ep->kind)->shares_port || ep->bound != NSACCEL_BOUND_CLOSED)
		return false;
	snprintf(text, NSA_BOUND_TEXT,
		 "a macvlan of namespace %s is closed: it is new on %s, where others are confined; "
		 "nsaccel ns set %s, with what it may do, opens it",
		 netns, port, netns);
	return true;
}
