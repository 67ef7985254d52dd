// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "daemon/cycle.h"
#include "daemon/signals.h"
#include "util/log.h"

static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *info, void *data)
{
	struct nsa_daemon *d = data;

	(void)source;
	(void)info;
	d->work |= NSA_WORK_LOAD;
	nsa_cycle(d);
	return 0;
}

static void read_comm(__u32 pid, char *comm, size_t size)
{
	char path[32];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(comm, (int)size, file))
		comm[strcspn(comm, "\n")] = '\0';
	fclose(file);
}

/* The log names the sender of the signal. */
static int on_end(sd_event_source *source, const struct signalfd_siginfo *info, void *data)
{
	struct nsa_daemon *d = data;
	char comm[40] = "gone, or in another PID namespace";

	(void)source;
	if (!info->ssi_pid) {
		nsa_info("ends: SIG%s, from the terminal or the kernel",
			 sigabbrev_np((int)info->ssi_signo));
	} else {
		read_comm(info->ssi_pid, comm, sizeof(comm));
		nsa_info("ends: SIG%s from process %u (%s) of user %u",
			 sigabbrev_np((int)info->ssi_signo), info->ssi_pid, comm, info->ssi_uid);
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
