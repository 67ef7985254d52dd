// SPDX-License-Identifier: GPL-2.0-only
/*
 * offloads NAMESPACE...: the features of each device there, and its channels, in numbers to
 * compare. One process for what takes ethtool two for each device.
 */
#include <err.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/netns/enter.h"

#define BLOCKS 4 /* of 32 features: more than there are */

static int ask(int fd, const char *dev, void *question)
{
	struct ifreq request = { .ifr_data = question };

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", dev);
	return ioctl(fd, SIOCETHTOOL, &request);
}

static void show(int fd, const char *ns, const char *dev)
{
	struct {
		struct ethtool_gfeatures head;
		struct ethtool_get_features_block blocks[BLOCKS];
	} features = { { .cmd = ETHTOOL_GFEATURES, .size = BLOCKS }, {} };
	struct ethtool_channels channels = { .cmd = ETHTOOL_GCHANNELS };

	printf("%s %s", ns, dev);
	if (!ask(fd, dev, &features))
		for (unsigned int i = 0; i < features.head.size && i < BLOCKS; i++)
			printf(" %08x/%08x", features.blocks[i].active,
			       features.blocks[i].requested);
	if (!ask(fd, dev, &channels))
		printf(" channels %u %u %u", channels.rx_count, channels.tx_count,
		       channels.combined_count);
	putchar('\n');
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct if_nameindex *devs;
		int fd;

		enter_netns(argv[i]);
		fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		devs = if_nameindex();
		if (fd < 0 || !devs)
			err(1, "devices of %s", argv[i]);
		for (const struct if_nameindex *dev = devs; dev->if_index; dev++)
			show(fd, argv[i], dev->if_name);
		if_freenameindex(devs);
		close(fd);
	}
	return 0;
}
