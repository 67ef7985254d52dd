// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/report.h"
#include "maps/netns_name.h"
#include "util/json.h"

void nsa_report_difference(void *data, const struct nsa_difference *change)
{
	struct nsa_daemon *d = data;
	json_t *event = json_pack("{s:s, s:o*, s:s*}", "event", change->event, change->key,
				  nsa_json_text(change->subject), "detail",
				  *change->detail ? change->detail : NULL);
	char name[NSACCEL_NETNS_NAME];
	bool known = nsa_netns_name(&d->session, change->cookie, name);

	json_object_update_new(event, nsa_json_netns(known ? name : "", change->cookie));
	nsa_publish(d->publisher, event);
}

void nsa_report_event(struct nsa_daemon *d, const char *event)
{
	if (nsa_publish_wanted(d->publisher))
		nsa_publish(d->publisher, json_pack("{s:s}", "event", event));
}
