// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "daemon/claim.h"
#include "daemon/publish.h"
#include "maps/follower.h"
#include "maps/pin.h"
#include "util/cleanup.h"
#include "util/log.h"

/* Time that the other daemon has to end after SIGTERM. */
#define END_MS 10000

/* Ends the daemon that is running. -EAGAIN: it did not end in time, or cannot be signalled. */
static int end_other(void)
{
	pid_t pid = nsa_publisher_pid();
	__cleanup(nsa_closep) int process = pid > 0 ? pidfd_open(pid, 0) : -1;
	struct pollfd end = { .fd = process, .events = POLLIN };

	if (process < 0 || pidfd_send_signal(process, SIGTERM, NULL, 0) ||
	    TEMP_FAILURE_RETRY(poll(&end, 1, END_MS)) <= 0)
		return -EAGAIN;
	return 0;
}

int nsa_claim(bool stopgap, int *lock)
{
	bool replaceable = false;
	int r = nsa_follower_claim(stopgap, lock, &replaceable);

	if (r == -EAGAIN && !stopgap && replaceable) {
		r = end_other();
		if (!r)
			r = nsa_follower_claim(stopgap, lock, &replaceable);
	}
	if (r == -EAGAIN)
		return nsa_err(-EADDRINUSE, "another nsaccel daemon is running for the bpffs %s",
			       nsa_pin_bpffs());
	return r;
}
