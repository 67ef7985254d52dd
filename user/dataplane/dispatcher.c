// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xdp/libxdp.h>

#include "dataplane/dispatcher.h"
#include "maps/pin.h"
#include "util/cleanup.h"

#define PROGRAM "nsaccel_xdp_ext"
/* Slots of libxdp's dispatcher (MAX_DISPATCHER_ACTIONS in libxdp). */
#define MAX_PROGRAMS 10

static void program_closep(struct xdp_program **prog)
{
	xdp_program__close(*prog);
}

static void multiprog_closep(struct xdp_multiprog **multi)
{
	xdp_multiprog__close(*multi);
}

/* The device's dispatcher, to be closed by the caller; NULL if it has none. */
static struct xdp_multiprog *dispatcher(int ifindex)
{
	struct xdp_multiprog *multi = xdp_multiprog__get_from_ifindex(ifindex);

	if (!multi || libxdp_get_error(multi))
		return NULL;
	if (!xdp_multiprog__is_legacy(multi))
		return multi;
	xdp_multiprog__close(multi);
	return NULL;
}

/* Detaches our programs from the device, except the one with the id keep. */
static int detach_ours(int ifindex, __u32 keep)
{
	__cleanup(multiprog_closep) struct xdp_multiprog *multi = dispatcher(ifindex);
	struct xdp_program *prog = NULL;
	int r = 0;

	while (!r && multi && (prog = xdp_multiprog__next_prog(prog, multi)))
		if (!strcmp(xdp_program__name(prog), PROGRAM) && xdp_program__id(prog) != keep)
			r = xdp_program__detach(prog, ifindex, XDP_MODE_NATIVE, 0);
	return r;
}

/* Pins that outlive their device */

/* Our own pin of the program. Its id identifies libxdp's pins of the program after the device is
 * gone and can no longer be queried. */
static int own_pin(char path[PATH_MAX], __u64 cookie, int ifindex)
{
	return nsa_pin_path(path, "links/%llu/%d-ext", cookie, ifindex);
}

/* All zero if the program cannot be queried. */
static struct bpf_prog_info program_info(int prog)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);

	if (prog < 0 || bpf_obj_get_info_by_fd(prog, &info, &len))
		return (struct bpf_prog_info){};
	return info;
}

static __u32 program_id(const char *path)
{
	__cleanup(nsa_closep) int prog = bpf_obj_get(path);

	return program_info(prog).id;
}

/* libxdp's pins: <bpffs>/xdp/dispatch-<ifindex>-<dispatcher id>/ */
static int libxdp_path(char path[PATH_MAX], const char *rest)
{
	const char *bpffs = secure_getenv("LIBXDP_BPFFS");
	int len = snprintf(path, PATH_MAX, "%s/xdp%s", bpffs ? bpffs : NSA_BPFFS_DEFAULT, rest);

	return len < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* Removes the pins of program id from one dispatcher's directory, and the directory if it is
 * empty then. Pins of other programs stay. */
static void unpin_from(const char *name, __u32 id)
{
	char dir[PATH_MAX], path[PATH_MAX + 32];

	snprintf(path, sizeof(path), "/%s", name);
	if (libxdp_path(dir, path))
		return;
	for (int i = 0; i < MAX_PROGRAMS; i++) {
		snprintf(path, sizeof(path), "%s/prog%d-prog", dir, i);
		if (program_id(path) != id)
			continue;
		unlink(path);
		snprintf(path, sizeof(path), "%s/prog%d-link", dir, i);
		unlink(path);
	}
	rmdir(dir);
}

void nsa_dispatcher_clean(int ifindex, __u32 id)
{
	char path[PATH_MAX], prefix[32];
	const struct dirent *entry;
	DIR *dir;

	if (!id || libxdp_path(path, ""))
		return;
	dir = opendir(path);
	if (!dir)
		return;
	snprintf(prefix, sizeof(prefix), "dispatch-%d-", ifindex);
	while ((entry = readdir(dir)))
		if (!strncmp(entry->d_name, prefix, strlen(prefix)))
			unpin_from(entry->d_name, id);
	closedir(dir);
}

void nsa_dispatcher_clean_owner(const char *links)
{
	const struct dirent *entry;
	char path[PATH_MAX];
	int ifindex, end;
	DIR *dir = opendir(links);

	while (dir && (entry = readdir(dir))) {
		end = 0;
		/* NOLINTNEXTLINE(cert-err34-c): %n says whether it is one of our names */
		if (sscanf(entry->d_name, "%d-ext%n", &ifindex, &end) != 1 || !end ||
		    entry->d_name[end] ||
		    snprintf(path, sizeof(path), "%s/%s", links, entry->d_name) >=
			    (int)sizeof(path))
			continue;
		nsa_dispatcher_clean(ifindex, program_id(path));
	}
	if (dir)
		closedir(dir);
}

/* Attaching */

static bool is_called(int ifindex, __u32 id)
{
	__cleanup(multiprog_closep) struct xdp_multiprog *multi = dispatcher(ifindex);
	struct xdp_program *prog = NULL;

	while (multi && (prog = xdp_multiprog__next_prog(prog, multi)))
		if (xdp_program__id(prog) == id)
			return true;
	return false;
}

/* The pinned program is attached, and was loaded after the owner's XDP program common: it
 * already has the owner's configuration. Replacing it would take a second and build two
 * dispatchers for no effect. */
static bool is_current(const char *path, int ifindex, int common)
{
	__cleanup(nsa_closep) int prog = bpf_obj_get(path);
	struct bpf_prog_info ours = program_info(prog), theirs = program_info(common);

	return ours.id && theirs.id && ours.load_time > theirs.load_time &&
	       is_called(ifindex, ours.id);
}

int nsa_dispatcher_attach(const struct nsa_program_config *config, int ifindex, int common)
{
	__cleanup(nsa_xdp_object_closep) struct nsa_xdp_object *object = NULL;
	__cleanup(program_closep) struct xdp_program *prog = NULL;
	char path[PATH_MAX];
	int r;

	r = own_pin(path, config->owner_cookie, ifindex);
	if (!r && is_current(path, ifindex, common))
		return detach_ours(ifindex, program_id(path));
	if (!r)
		r = nsa_xdp_object_open(config, &object);
	if (r < 0)
		return r;
	prog = xdp_program__from_bpf_obj(nsa_xdp_object_bpf(object), "xdp");
	r = (int)libxdp_get_error(prog);
	if (r) {
		prog = NULL;
		return r;
	}
	/* An extension cannot have the frags flag: its dispatcher has it instead. */
	r = xdp_program__set_xdp_frags_support(prog, true);
	if (r < 0)
		return r;
	r = xdp_program__attach(prog, ifindex, XDP_MODE_NATIVE, 0);
	if (!r)
		r = nsa_pin_replace(xdp_program__fd(prog), path);
	return r < 0 ? r : detach_ours(ifindex, xdp_program__id(prog));
}

int nsa_dispatcher_detach(__u64 owner_cookie, int ifindex)
{
	char path[PATH_MAX];
	int r;

	r = own_pin(path, owner_cookie, ifindex);
	if (!r)
		r = detach_ours(ifindex, 0);
	if (r < 0)
		return r;
	nsa_dispatcher_clean(ifindex, program_id(path));
	return nsa_pin_remove(path);
}

bool nsa_dispatcher_is_there(int ifindex)
{
	__cleanup(multiprog_closep) struct xdp_multiprog *multi = dispatcher(ifindex);

	return multi;
}

bool nsa_dispatcher_has_ours(int ifindex)
{
	__cleanup(multiprog_closep) struct xdp_multiprog *multi = dispatcher(ifindex);
	struct xdp_program *prog = NULL;

	while (multi && (prog = xdp_multiprog__next_prog(prog, multi)))
		if (!strcmp(xdp_program__name(prog), PROGRAM))
			return true;
	return false;
}
