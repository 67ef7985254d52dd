// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "daemon/event_socket.h"
#include "daemon/subscribe.h"
#include "maps/pin.h"
#include "util/cleanup.h"
#include "util/log.h"

struct nsa_subscription {
	int socket, signals;
	char buffer[NSA_EVENT_SIZE];
};

void nsa_subscription_closep(struct nsa_subscription **subscription)
{
	if (!*subscription)
		return;
	nsa_closep(&(*subscription)->socket);
	nsa_closep(&(*subscription)->signals);
	free(*subscription);
}

static int open_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	fd = sigprocmask(SIG_BLOCK, &set, NULL) ? -1 : signalfd(-1, &set, SFD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* 0 or -errno. -ESRCH: no daemon is running. */
static int connect_to(int fd, const struct sockaddr_un *address)
{
	if (!connect(fd, NSA_EVENT_ADDRESS(address)))
		return 0;
	return errno == ENOENT || errno == ECONNREFUSED ? -ESRCH : -errno;
}

static int connect_logged(const struct nsa_subscription *subscription)
{
	struct sockaddr_un address;
	int r;

	r = nsa_event_socket_address(&address);
	if (r < 0)
		return r;
	r = connect_to(subscription->socket, &address);
	if (r == -ESRCH)
		return nsa_err(r, "no daemon is running; nsaccel daemon starts one");
	if (r < 0)
		return nsa_err(r, "connect to the daemon at %s: %s%s", address.sun_path,
			       strerror(-r), r == -EACCES ? "; run nsaccel as root" : "");
	return 0;
}

pid_t nsa_publisher_pid(void)
{
	__cleanup(nsa_closep) int fd = nsa_event_socket_open();
	struct sockaddr_un address;
	struct ucred peer = {};
	socklen_t len = sizeof(peer);
	int r = fd < 0 ? fd : nsa_event_socket_address(&address);

	if (!r)
		r = connect_to(fd, &address);
	if (r < 0)
		return r;
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) ? -errno : peer.pid;
}

int nsa_subscribe(const char *bpffs, struct nsa_subscription **out)
{
	__cleanup(nsa_subscription_closep) struct nsa_subscription *subscription = NULL;
	int r = nsa_pin_init(bpffs);

	if (r < 0)
		return r;
	subscription = malloc(sizeof(*subscription));
	if (!subscription)
		return nsa_err(-ENOMEM, "listen to the daemon: %s", strerror(ENOMEM));
	subscription->signals = -1;
	subscription->socket = nsa_event_socket_open();
	if (subscription->socket < 0)
		return nsa_err(subscription->socket, "listen to the daemon: %s",
			       strerror(-subscription->socket));
	r = connect_logged(subscription);
	if (r < 0)
		return r;
	subscription->signals = open_signals();
	if (subscription->signals < 0)
		return nsa_err(subscription->signals, "wait for signals: %s",
			       strerror(-subscription->signals));
	*out = TAKE_PTR(subscription);
	return 0;
}

static int receive(struct nsa_subscription *subscription, json_t **event)
{
	json_t *received;
	ssize_t len;

	len = recv(subscription->socket, subscription->buffer, sizeof(subscription->buffer), 0);
	if (len < 0 && errno != ECONNRESET)
		return nsa_err(-errno, "listen to the daemon: %s", strerror(errno));
	if (len <= 0)
		return nsa_err(-ESRCH, "the daemon has ended; nsaccel daemon starts one");
	received = json_loadb(subscription->buffer, (size_t)len, 0, NULL);
	if (!json_is_object(received)) {
		json_decref(received);
		return nsa_err(-EBADMSG, "an event of the daemon is no JSON object: is the daemon "
					 "of another version?");
	}
	*event = received;
	return 1;
}

int nsa_subscription_next(struct nsa_subscription *subscription, json_t **event)
{
	struct pollfd fds[] = { { .fd = subscription->signals, .events = POLLIN },
				{ .fd = subscription->socket, .events = POLLIN } };

	if (TEMP_FAILURE_RETRY(poll(fds, 2, -1)) < 0)
		return nsa_err(-errno, "listen to the daemon: %s", strerror(errno));
	return fds[0].revents ? 0 : receive(subscription, event);
}
