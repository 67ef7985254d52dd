// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "dataplane/settings.h"
#include "kernel/ethtool.h"
#include "kernel/link.h"
#include "kernel/netns.h"
#include "kernel/netns_list.h"
#include "kernel/qdisc.h"
#include "kernel/sysctl.h"
#include "maps/settings.h"
#include "util/cleanup.h"
#include "util/log.h"

static int get_rx_queues(const char *ifname, __u32 *value)
{
	__u32 max;

	return nsa_ethtool_get_rx_queues(ifname, value, &max);
}

static const char ct_liberal[] = "net/netfilter/nf_conntrack_tcp_be_liberal";

static int get_ct_liberal(const char *ifname, __u32 *value)
{
	int liberal, r;

	(void)ifname;
	r = nsa_sysctl_read(ct_liberal, &liberal);
	if (!r)
		*value = (__u32)liberal;
	return r;
}

static int set_ct_liberal(const char *ifname, __u32 value)
{
	(void)ifname;
	return nsa_sysctl_write(ct_liberal, (int)value);
}

static const struct {
	const char *name;
	/* ifname is "" for a setting of a namespace. */
	int (*get)(const char *ifname, __u32 *value);
	int (*set)(const char *ifname, __u32 value);
	bool of_netns;
} settings[] = {
	[NSACCEL_SETTING_GRO] = { .name = "GRO",
				  .get = nsa_ethtool_get_gro,
				  .set = nsa_ethtool_set_gro },
	[NSACCEL_SETTING_RX_QUEUES] = { .name = "receive queues",
					.get = get_rx_queues,
					.set = nsa_ethtool_set_rx_queues },
	[NSACCEL_SETTING_RX_VLAN] = { .name = "rx-vlan-offload",
				      .get = nsa_ethtool_get_rx_vlan,
				      .set = nsa_ethtool_set_rx_vlan },
	[NSACCEL_SETTING_CLSACT] = { .name = "clsact",
				     .get = nsa_qdisc_get_clsact,
				     .set = nsa_qdisc_set_clsact },
	[NSACCEL_SETTING_PROMISC] = { .name = "promiscuity",
				      .get = nsa_link_get_promisc,
				      .set = nsa_link_set_promisc },
	[NSACCEL_SETTING_ALLMULTI] = { .name = "allmulticast",
				       .get = nsa_link_get_allmulti,
				       .set = nsa_link_set_allmulti },
	[NSACCEL_SETTING_CT_LIBERAL] = { .name = "nf_conntrack_tcp_be_liberal",
					 .get = get_ct_liberal,
					 .set = set_ct_liberal,
					 .of_netns = true },
};

/* A corrupt record may hold any kind; it is used as an index. */
static bool is_known(enum nsaccel_setting_kind kind)
{
	return kind < sizeof(settings) / sizeof(*settings) && settings[kind].set;
}

int nsa_settings_change(const struct nsa_maps *maps, __u64 owner_cookie,
			const struct nsaccel_setting_key *key, const char *ifname, __u32 value)
{
	struct nsaccel_setting setting = { .owner_cookie = owner_cookie, .new_value = value };
	bool recorded;
	int r;

	r = settings[key->kind].get(ifname, &setting.old_value);
	if (r == -ENOENT && settings[key->kind].of_netns)
		return 0; /* the feature that the setting belongs to is absent, too */
	if (r < 0)
		return r;
	if (setting.old_value == value)
		return 0;
	r = nsa_maps_setting_get(maps, key, &(struct nsaccel_setting){});
	if (r < 0 && r != -ENOENT)
		return r;
	recorded = !r;
	if (!recorded) { /* detach restores the value of before the first change */
		r = nsa_maps_setting_put(maps, key, &setting);
		if (r < 0)
			return r;
	}
	r = settings[key->kind].set(ifname, value);
	if (r < 0 && !recorded)
		nsa_maps_setting_del(maps, key);
	return r;
}

/* Finds the device's name in the current namespace; "" for a setting of the namespace. */
static bool find_device(const struct nsaccel_setting_key *key, char ifname[IF_NAMESIZE])
{
	ifname[0] = '\0';
	return settings[key->kind].of_netns || if_indextoname(key->ifindex, ifname);
}

/* Runs in the device's namespace. */
static int restore_value(const struct nsaccel_setting_key *key,
			 const struct nsaccel_setting *setting, const char *ifname)
{
	__u32 now;
	int r;

	r = settings[key->kind].get(ifname, &now);
	if (r < 0)
		return r == -ENOENT ? 0 : r; /* the device or the setting is gone */
	return now == setting->new_value ? settings[key->kind].set(ifname, setting->old_value) : 0;
}

void nsa_settings_restore(const struct nsa_maps *maps, const struct nsa_netns_list *list,
			  const struct nsaccel_setting_key *key)
{
	const struct nsa_netns *ns = nsa_netns_find(list, key->netns_cookie);
	__cleanup(nsa_netns_leavep) int token = -1;
	struct nsaccel_setting setting;
	char ifname[IF_NAMESIZE];
	int r = 0;

	if (nsa_maps_setting_get(maps, key, &setting))
		return;
	token = ns && is_known(key->kind) ? nsa_netns_enter(ns) : -ENOENT;
	if (token >= 0 && find_device(key, ifname)) {
		r = restore_value(key, &setting, ifname);
		if (r < 0)
			nsa_warn("restore %s%s%s in %s to %u: %s", settings[key->kind].name,
				 *ifname ? " of " : "", ifname, ns->name, setting.old_value,
				 strerror(-r));
	}
	nsa_maps_setting_del(maps, key);
}

void nsa_settings_forget(const struct nsa_maps *maps, __u64 netns_cookie, __u32 ifindex)
{
	struct nsaccel_setting_key key = { netns_cookie, ifindex, 0 };

	for (size_t kind = 0; kind < sizeof(settings) / sizeof(*settings); kind++) {
		key.kind = (enum nsaccel_setting_kind)kind;
		nsa_maps_setting_del(maps, &key);
	}
}

void nsa_settings_restore_all(const struct nsa_maps *maps, const struct nsa_netns_list *list,
			      __u64 owner_cookie, __u64 netns_cookie, __u32 ifindex)
{
	__cleanup(nsa_freep) struct nsa_setting_entry *all = NULL;
	size_t count = 0;
	int r;

	r = nsa_maps_settings(maps, &all, &count);
	if (r < 0) {
		nsa_warn("read map settings: %s", strerror(-r));
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (all[i].setting.owner_cookie != owner_cookie)
			continue;
		if (netns_cookie &&
		    (all[i].key.netns_cookie != netns_cookie || all[i].key.ifindex != ifindex))
			continue;
		nsa_settings_restore(maps, list, &all[i].key);
	}
}
