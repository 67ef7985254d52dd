// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/report.h"
#include "maps/netns_name.h"
#include "util/json.h"

void nsa_report_difference(void *data, const struct nsa_difference *difference)
{
	struct nsa_daemon *d = data;
	json_t *event = json_pack("{s:s, s:o*, s:o*}", "event", difference->event, difference->key,
				  nsa_json_text(difference->subject), "detail",
				  *difference->detail ? nsa_json_text(difference->detail) : NULL);
	char name[NSACCEL_NETNS_NAME];
	bool known = nsa_netns_name(&d->session, difference->cookie, name);

	json_object_update_new(event, nsa_json_netns(known ? name : "", difference->cookie));
	nsa_publish(d->publisher, event);
}

void nsa_report_event(struct nsa_daemon *d, const char *event)
{
	if (nsa_publish_wanted(d->publisher))
		nsa_publish(d->publisher, json_pack("{s:s}", "event", event));
}
