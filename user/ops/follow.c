// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/spawn.h"
#include "maps/follower.h"
#include "maps/pin.h"
#include "maps/run_dir.h"
#include "ops/follow.h"
#include "util/cleanup.h"
#include "util/log.h"

/* The longest wait is for a million routes to be read. */
#define PATIENCE_MS 300000

static bool is_installed(void)
{
	static const char *const units[] = { "/etc/systemd/system/", "/run/systemd/system/",
					     "/usr/local/lib/systemd/system/",
					     "/usr/lib/systemd/system/", "/lib/systemd/system/" };
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		snprintf(path, sizeof(path), "%snsaccel.service", units[i]);
		if (!access(path, F_OK))
			return true;
	}
	return false;
}

/* The unit minds the usual bpffs. */
static bool is_service(void)
{
	return !strcmp(nsa_pin_bpffs(), NSA_BPFFS_DEFAULT) &&
	       !access("/run/systemd/system", F_OK) && is_installed();
}

static int start_service(void)
{
	static char *const words[] = { "systemctl", "start", "nsaccel.service", NULL };
	int r = nsa_spawn_wait(words);

	return r ? nsa_err(r < 0 ? r : -EIO,
			   "systemctl start nsaccel failed; journalctl -u nsaccel tells why") :
		   0;
}

static int start_own(void)
{
	__cleanup(nsa_freep) char *bpffs = realpath(nsa_pin_bpffs(), NULL);
	char *const words[] = { "nsaccel", "--bpffs", bpffs, "daemon", "--until-detached", NULL };
	struct nsa_follower now;
	char log[PATH_MAX];
	int r;

	if (!bpffs)
		return nsa_err(-errno, "start a daemon: find bpffs %s: %s", nsa_pin_bpffs(),
			       strerror(errno));
	r = nsa_run_dir_path(log, sizeof(log), "log");
	if (r < 0)
		return r;
	r = nsa_spawn_daemon(words, log, PATIENCE_MS);
	if (!r)
		return 0;
	nsa_follower_look(&now); /* another command may have been faster */
	return now.runs ? 0 : nsa_err(r, "start a daemon: %s; %s tells more", strerror(-r), log);
}

int nsa_follow(bool static_mode)
{
	struct nsa_follower now;

	if (static_mode) {
		nsa_follower_dismiss();
		return 0;
	}
	nsa_follower_look(&now);
	return now.runs ? 0 : is_service() ? start_service() : start_own();
}
