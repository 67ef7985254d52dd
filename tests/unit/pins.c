// SPDX-License-Identifier: GPL-2.0-only
/* The pinned maps, on a bpffs that is gone with the test. */
#include <err.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "pins.h"
#include "sandbox.h"
#include "user/dataplane/programs.h"
#include "user/maps/maps.h"
#include "user/maps/pin.h"

#define BPFFS "/run/bpf"

void pins_make(void)
{
	if (mkdir(BPFFS, 0755) || mount("bpf", BPFFS, "bpf", 0, NULL) || nsa_pin_init(BPFFS))
		err(1, "bpffs");
}

struct nsa_maps *pins_open(void)
{
	struct nsa_maps *maps = NULL;

	assert_int_equal(nsa_dataplane_create_maps(), 0);
	assert_int_equal(nsa_maps_open(&maps), 0);
	return maps;
}

void pins_close(struct nsa_maps *maps)
{
	char path[PATH_MAX];

	nsa_maps_close(maps);
	assert_int_equal(nsa_pin_path(path, "%s", ""), 0);
	assert_int_equal(nsa_pin_remove(path), 0);
}
