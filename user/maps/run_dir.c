// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "maps/pin.h"
#include "maps/run_dir.h"
#include "util/log.h"

#define RUN_DIRECTORY "/run/nsaccel"

int nsa_run_dir_path(char *path, size_t size, const char *suffix)
{
	const char *bpffs = nsa_pin_bpffs();
	struct stat st;

	if (stat(bpffs, &st))
		return nsa_err(-errno, "look at bpffs %s: %s", bpffs, strerror(errno));
	snprintf(path, size, RUN_DIRECTORY "/bpffs-%u:%u.%s", major(st.st_dev), minor(st.st_dev),
		 suffix);
	return 0;
}

int nsa_run_dir_make(void)
{
	return mkdir(RUN_DIRECTORY, 0700) && errno != EEXIST ? -errno : 0;
}

const char *nsa_run_dir_remedy(int r)
{
	switch (-r) {
	case EACCES:
	case EPERM:
		return "; run nsaccel as root";
	case EROFS:
		return "; mount -o remount,rw /run";
	case ENOSPC:
		return "; make room in /run";
	default:
		return "";
	}
}
