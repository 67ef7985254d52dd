// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/netns_walk.h"
#include "util/cleanup.h"

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int is_process(const struct dirent *entry)
{
	return isdigit((unsigned char)entry->d_name[0]);
}

/* Directories of namespaces. A namespace is named after the first place that has it. */
static const struct place {
	const char *dir, *suffix, *prefix;
	int (*filter)(const struct dirent *entry);
} places[] = {
	{ "/run/netns", "", "", is_visible },
	{ "/proc", "/ns/net", "pid ", is_process },
};

bool nsa_netns_is_skippable(int r)
{
	return r != -ENOMEM && r != -EMFILE && r != -ENFILE;
}

static int visit_entry(const struct place *place, const char *entry, nsa_netns_visit visit,
		       void *data)
{
	char path[PATH_MAX], name[NAME_MAX + sizeof("pid ")];

	snprintf(path, sizeof(path), "%s/%s%s", place->dir, entry, place->suffix);
	snprintf(name, sizeof(name), "%s%s", place->prefix, entry);
	return visit(data, path, name);
}

static int visit_place(const struct place *place, nsa_netns_visit visit, void *data)
{
	__cleanup(nsa_freep) struct dirent **entries = NULL;
	int i, count, r = 0;

	/* Processes in numerical order, so that the lowest PID names their namespace. */
	count = scandir(place->dir, &entries, place->filter, versionsort);
	if (count < 0)
		return nsa_netns_is_skippable(-errno) ? 0 : -errno;
	for (i = 0; i < count; i++) {
		if (!r)
			r = visit_entry(place, entries[i]->d_name, visit, data);
		free(entries[i]);
	}
	return r;
}

/* A namespace that has neither name nor process is reachable only by its bind mounts. */
static int visit_mounts(nsa_netns_visit visit, void *data)
{
	struct mntent mount;
	char line[2 * PATH_MAX];
	FILE *mounts;
	int r = 0;

	mounts = setmntent("/proc/thread-self/mounts", "re");
	if (!mounts)
		return nsa_netns_is_skippable(-errno) ? 0 : -errno;
	while (!r && getmntent_r(mounts, &mount, line, sizeof(line)))
		if (!strcmp(mount.mnt_type, "nsfs"))
			r = visit(data, mount.mnt_dir, mount.mnt_dir);
	endmntent(mounts);
	return r;
}

int nsa_netns_walk(nsa_netns_visit visit, void *data)
{
	size_t i;
	int r;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		r = visit_place(&places[i], visit, data);
		if (r)
			return r;
	}
	return visit_mounts(visit, data);
}
