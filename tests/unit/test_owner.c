// SPDX-License-Identifier: GPL-2.0-only
/* An owner's settling into the maps, of a world made by hand. */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "pins.h"
#include "user/cleanup.h"
#include "user/mirror.h"
#include "user/owner_routes.h"
#include "world.h"

static struct fixture {
	struct world world;
	struct nsa_session session;
	struct nsa_mirror mirror;
	struct nsa_owner owner;
} fixture;

static int setup(void **state)
{
	struct fixture *f = &fixture;
	struct world *w = &f->world;

	memset(f, 0, sizeof(*f));
	world_make(w);
	world_free(w);
	f->session = (struct nsa_session){ .maps = pins_open(), .lock = -1 };
	assert_int_equal(nsa_hops_new(f->session.maps, &w->hops), 0);
	assert_int_equal(nsa_table_load(f->session.maps, w->hops, w->view.owner->cookie, OWNER_SLOT,
					&w->table),
			 0);
	f->mirror = (struct nsa_mirror){ .session = &f->session, .hops = w->hops };
	f->owner = (struct nsa_owner){
		.mirror = &f->mirror,
		.cookie = w->view.owner->cookie,
		.slot = OWNER_SLOT,
		.ns = w->view.owner,
		.view = &w->view,
		.table = w->table,
		.ports = { w->ports, PORT_COUNT },
	};
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	world_free(&f->world);
	pins_close(f->session.maps);
	return 0;
}

static size_t count_routes(const struct fixture *f)
{
	__cleanup(nsa_freep) struct nsa_route_entry *routes = NULL;
	size_t count = 0;

	assert_int_equal(nsa_maps_routes(f->session.maps, f->owner.cookie, &routes, &count), 0);
	return count;
}

/* Without a descriptor to spare no table can be made. */
static int settle_routes_without_room(struct fixture *f)
{
	struct rlimit limit, low;
	int r;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	low = limit;
	low.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	r = nsa_owner_settle_routes(&f->owner);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	return r;
}

/* Only a table that is too large waits for fewer routes: any other failure may pass. */
static void test_failed_table(void **state)
{
	struct fixture *f = *state;

	world_routes(&f->world, "10.5.0.0/16 dev eth0\n10.6.0.0/16 dev eth0");
	assert_int_equal(settle_routes_without_room(f), -EMFILE);
	assert_int_equal(f->world.table->refused, 0);
	assert_int_equal(nsa_owner_settle_routes(&f->owner), 0);
	assert_int_equal(count_routes(f), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_failed_table, setup, teardown),
	};

	sandbox_enter();
	pins_make();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
