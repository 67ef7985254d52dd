// SPDX-License-Identifier: GPL-2.0-only
/* Firewalls of the fake kernel: user/firewall/firewall.h. */
#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "sandbox.h"
#include "fake/fail.h"
#include "fake/kernel.h"
#include "fake/monitor.h"
#include "user/firewall/firewall.h"

/* The descriptors by which namespaces are watched; 0: they aren't. */
static struct {
	__u64 cookie;
	int fd;
} watched[FAKE_NAMESPACES];

int nsa_firewall_detect(const struct nsa_netns *ns, struct nsa_firewall *out)
{
	FAKE_CALL();
	if (!fake_kernel_netns(ns->cookie))
		return -ENOENT;
	*out = fake_kernel_netns(ns->cookie)->firewall;
	return 0;
}

bool nsa_firewall_is_polled(const struct nsa_netns *ns)
{
	(void)ns;
	return false;
}

int nsa_firewall_hooks(const struct nsa_netns *ns, __u64 *hooks)
{
	FAKE_CALL();
	if (!fake_kernel_netns(ns->cookie))
		return -ENOENT;
	*hooks = fake_kernel_netns(ns->cookie)->firewall.hooks;
	return 0;
}

int nsa_firewall_watch_open(const struct nsa_netns *ns, struct nsa_firewall_watch *out)
{
	size_t i = 0;

	FAKE_CALL();
	while (i < FAKE_NAMESPACES - 1 && watched[i].fd)
		i++;
	watched[i].cookie = ns->cookie;
	/* One that cannot be waited for stands for an epoll_ctl() that fails. */
	watched[i].fd = fake_call("epoll_ctl", 0) ? open("/dev/null", O_RDONLY | O_CLOEXEC) :
						    eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	*out = (struct nsa_firewall_watch){ .nft = watched[i].fd, .xfrm = -1 };
	return 0;
}

void nsa_firewall_watch_close(struct nsa_firewall_watch *watch)
{
	for (size_t i = 0; i < FAKE_NAMESPACES; i++)
		if (watched[i].fd == watch->nft)
			watched[i].fd = 0;
	if (watch->nft >= 0)
		close(watch->nft);
}

bool nsa_firewall_watch_drain(const struct nsa_firewall_watch *watch)
{
	eventfd_t count;

	return !eventfd_read(watch->nft, &count);
}

void fake_firewall_changed(const struct fake_netns *ns)
{
	for (size_t i = 0; i < FAKE_NAMESPACES; i++)
		if (watched[i].fd && watched[i].cookie == ns->cookie)
			eventfd_write(watched[i].fd, 1);
}
