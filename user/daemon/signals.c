// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "daemon/cycle.h"
#include "daemon/signals.h"
#include "util/log.h"
#include "util/process.h"

static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *info, void *data)
{
	struct nsa_daemon *d = data;

	(void)source;
	(void)info;
	d->work |= NSA_WORK_LOAD;
	nsa_cycle(d);
	return 0;
}

/* The log names the sender of the signal. */
static int on_end(sd_event_source *source, const struct signalfd_siginfo *info, void *data)
{
	struct nsa_daemon *d = data;
	char name[NSA_PROCESS_NAME];

	(void)source;
	if (!info->ssi_pid) {
		nsa_info("ends: SIG%s, from the terminal or the kernel",
			 sigabbrev_np((int)info->ssi_signo));
	} else {
		nsa_info("ends: SIG%s from process %u (%s) of user %u",
			 sigabbrev_np((int)info->ssi_signo), info->ssi_pid,
			 nsa_process_name((pid_t)info->ssi_pid, name), info->ssi_uid);
	}
	return sd_event_exit(d->loop, 0);
}

void nsa_signals_block(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int nsa_signals_add(struct nsa_daemon *d)
{
	int r = sd_event_add_signal(d->loop, NULL, SIGTERM, on_end, d);

	if (r >= 0)
		r = sd_event_add_signal(d->loop, NULL, SIGINT, on_end, d);
	if (r >= 0)
		r = sd_event_add_signal(d->loop, NULL, SIGHUP, on_hangup, d);
	return r;
}
