// SPDX-License-Identifier: GPL-2.0-only
/* Scenes: changes to the world of world.h, and the plan that should come of them. */
#include <linux/if_link.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"
#include "world.h"

void policy_rules(struct world *w)
{
	w->snapshot.settings.policy_rules = true;
}

void macvlan_private(struct world *w)
{
	w->endpoints[EP_MAC].link.macvlan_mode = MACVLAN_MODE_PRIVATE;
}

void not_forwarded(struct world *w)
{
	w->ports[PORT_GREEN].port.bridge_forward = 0;
}

void list_source(struct world *w, int ep, const char *prefix)
{
	w->endpoints[ep].isolation.pinned = 1;
	world_list(w, w->endpoints[ep].slot, prefix, NSACCEL_SOURCE_PINNED);
}

static void make_scene(struct world *w, const struct scene *scene)
{
	world_make(w);
	if (scene->change)
		scene->change(w);
	world_routes(w, scene->fib);
	world_neighs(w, scene->neighs);
	world_fdb(w, scene->fdb);
	world_statics(w, scene->statics);
	world_settle(w);
}

static void check_scene(const struct scene *scene)
{
	char *text, *wanted;
	struct world w;

	make_scene(&w, scene);
	text = world_plan(&w);
	wanted = world_wanted(&w);
	if (strcmp(text, scene->plan ? scene->plan : "") != 0)
		fail_msg("%s:\n%snot\n%s", scene->what, text, scene->plan);
	if (strcmp(wanted, scene->wanted ? scene->wanted : "") != 0)
		fail_msg("%s: wants\n%snot\n%s", scene->what, wanted, scene->wanted);
	free(text);
	free(wanted);
	world_free(&w);
}

void check_scenes(const struct scene *scenes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_scene(&scenes[i]);
}
