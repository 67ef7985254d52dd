// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "kernel/ethtool.h"
#include "util/cleanup.h"

/* cmd: any of the ethtool structures, all of which begin with the command's number. */
static int ethtool(const char *ifname, void *cmd)
{
	__cleanup(nsa_closep) int sk = -1;
	struct ifreq req = { .ifr_data = cmd };

	if (strlen(ifname) >= sizeof(req.ifr_name))
		return -ENODEV;
	memcpy(req.ifr_name, ifname, strlen(ifname) + 1);
	sk = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sk < 0)
		return -errno;
	return ioctl(sk, SIOCETHTOOL, &req) ? -errno : 0;
}

int nsa_ethtool_get_gro(const char *ifname, __u32 *on)
{
	struct ethtool_value gro = { .cmd = ETHTOOL_GGRO };
	int r;

	r = ethtool(ifname, &gro);
	if (r < 0)
		return r;
	*on = !!gro.data;
	return 0;
}

int nsa_ethtool_set_gro(const char *ifname, __u32 on)
{
	struct ethtool_value gro = { .cmd = ETHTOOL_SGRO, .data = on };

	return ethtool(ifname, &gro);
}

int nsa_ethtool_get_rx_vlan(const char *ifname, __u32 *on)
{
	struct ethtool_value flags = { .cmd = ETHTOOL_GFLAGS };
	int r;

	r = ethtool(ifname, &flags);
	if (r < 0)
		return r;
	*on = !!(flags.data & ETH_FLAG_RXVLAN);
	return 0;
}

int nsa_ethtool_set_rx_vlan(const char *ifname, __u32 on)
{
	struct ethtool_value flags = { .cmd = ETHTOOL_GFLAGS };
	int r;

	r = ethtool(ifname, &flags);
	if (r < 0)
		return r;
	flags.cmd = ETHTOOL_SFLAGS;
	flags.data &= ~(__u32)ETH_FLAG_RXVLAN;
	if (on)
		flags.data |= ETH_FLAG_RXVLAN;
	return ethtool(ifname, &flags);
}

int nsa_ethtool_get_rx_queues(const char *ifname, __u32 *count, __u32 *max)
{
	struct ethtool_channels ch = { .cmd = ETHTOOL_GCHANNELS };
	int r;

	r = ethtool(ifname, &ch);
	if (r < 0)
		return r;
	*count = ch.combined_count + ch.rx_count;
	*max = ch.max_combined + ch.max_rx;
	return 0;
}

int nsa_ethtool_set_rx_queues(const char *ifname, __u32 count)
{
	struct ethtool_channels ch = { .cmd = ETHTOOL_GCHANNELS };
	int r;

	r = ethtool(ifname, &ch);
	if (r < 0)
		return r;
	ch.cmd = ETHTOOL_SCHANNELS;
	/* Channels that only receive stay where the device pairs the others with sending. */
	if (!ch.combined_count)
		ch.rx_count = count;
	else if (count > ch.rx_count)
		ch.combined_count = count - ch.rx_count;
	else
		return -EINVAL;
	return ethtool(ifname, &ch);
}

/* How many features the kernel knows. */
static int count_features(const char *ifname, __u32 *count)
{
	__u64 buffer[sizeof(struct ethtool_sset_info) / sizeof(__u64) + 1] = {};
	struct ethtool_sset_info *info = (struct ethtool_sset_info *)buffer;
	int r;

	info->cmd = ETHTOOL_GSSET_INFO;
	info->sset_mask = 1ULL << ETH_SS_FEATURES;
	r = ethtool(ifname, info);
	if (r < 0)
		return r;
	*count = info->sset_mask ? info->data[0] : 0;
	return 0;
}

static int read_names(const char *ifname, __u32 count, struct ethtool_gstrings **out)
{
	__cleanup(nsa_freep) struct ethtool_gstrings *names = NULL;
	int r;

	names = calloc(1, sizeof(*names) + (size_t)count * ETH_GSTRING_LEN);
	if (!names)
		return -ENOMEM;
	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = ETH_SS_FEATURES;
	names->len = count;
	r = ethtool(ifname, names);
	if (r < 0)
		return r;
	if (names->len > count)
		names->len = count;
	*out = TAKE_PTR(names);
	return 0;
}

static int read_features(const char *ifname, __u32 count, struct ethtool_gfeatures **out)
{
	__cleanup(nsa_freep) struct ethtool_gfeatures *features = NULL;
	__u32 blocks = (count + 31) / 32;
	int r;

	features = calloc(1, sizeof(*features) + blocks * sizeof(features->features[0]));
	if (!features)
		return -ENOMEM;
	features->cmd = ETHTOOL_GFEATURES;
	features->size = blocks;
	r = ethtool(ifname, features);
	if (r < 0)
		return r;
	*out = TAKE_PTR(features);
	return 0;
}

struct features {
	struct ethtool_gstrings *names;
	struct ethtool_gfeatures *states;
};

static void features_free(struct features *features)
{
	free(features->names);
	free(features->states);
}

static int get_all_features(const char *ifname, struct features *out)
{
	__u32 count;
	int r = count_features(ifname, &count);

	if (!r)
		r = read_names(ifname, count, &out->names);
	return r < 0 ? r : read_features(ifname, count, &out->states);
}

static int find_feature(const struct features *features, const char *name,
			struct nsa_ethtool_feature *out)
{
	const struct ethtool_get_features_block *block;
	__u32 mask;

	for (__u32 bit = 0; bit < features->names->len; bit++) {
		if (strncmp((const char *)features->names->data + (size_t)bit * ETH_GSTRING_LEN,
			    name, ETH_GSTRING_LEN) != 0)
			continue;
		block = &features->states->features[bit / 32];
		mask = 1U << bit % 32;
		out->active = block->active & mask;
		out->changeable = block->available & mask & ~block->never_changed;
		return 0;
	}
	return -ENOENT;
}

int nsa_ethtool_get_feature(const char *ifname, const char *name, struct nsa_ethtool_feature *out)
{
	__cleanup(features_free) struct features features = {};
	int r = get_all_features(ifname, &features);

	return r < 0 ? r : find_feature(&features, name, out);
}

int nsa_ethtool_get_features(const char *ifname, const char *const *names, size_t count,
			     bool *all_on)
{
	__cleanup(features_free) struct features features = {};
	struct nsa_ethtool_feature feature;
	int r = get_all_features(ifname, &features);

	if (r < 0)
		return r;
	*all_on = true;
	for (size_t i = 0; i < count; i++)
		if (!find_feature(&features, names[i], &feature))
			*all_on &= feature.active;
	return 0;
}

int nsa_ethtool_driver(const char *ifname, char *driver, size_t size)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	size_t len;
	int r;

	r = ethtool(ifname, &info);
	if (r < 0)
		return r;
	len = strnlen(info.driver, sizeof(info.driver));
	if (len >= size)
		return -ENOSPC;
	memcpy(driver, info.driver, len);
	driver[len] = '\0';
	return 0;
}
