// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "maps/maps.h"
#include "maps/pin.h"
#include "util/cleanup.h"
#include "util/clock.h"

const struct nsa_map_name nsa_map_names[NSA_MAP_COUNT] = {
	[NSA_MAP_META] = { "nsaccel_meta", "meta" },
	[NSA_MAP_NETNS] = { "nsaccel_netns", "netns" },
	[NSA_MAP_OWNERS] = { "nsaccel_owners", "owners" },
	[NSA_MAP_PORTS] = { "nsaccel_ports", "ports" },
	[NSA_MAP_PORT_CACHE] = { "nsaccel_pcache", "port_cache" },
	[NSA_MAP_PORT_STATS] = { "nsaccel_pstats", "port_stats" },
	[NSA_MAP_PORT_STATS_MORE] = { "nsaccel_pstats2", "port_stats_more" },
	[NSA_MAP_ENDPOINTS] = { "nsaccel_endpts", "endpoints" },
	[NSA_MAP_FDB] = { "nsaccel_fdb", "fdb" },
	[NSA_MAP_SHARES] = { "nsaccel_shares", "shares" },
	[NSA_MAP_FLOWS] = { "nsaccel_flows", "flows" },
	[NSA_MAP_FLOW_USE] = { "nsaccel_flowuse", "flow_use" },
	[NSA_MAP_ROUTES] = { "nsaccel_routes", "routes" },
	[NSA_MAP_TABLES] = { "nsaccel_tables", "tables" },
	[NSA_MAP_TABLE_SEQUENCE] = { "nsaccel_tabseq", "table_sequence" },
	[NSA_MAP_ROUTE_CACHE] = { "nsaccel_rcache", "route_cache" },
	[NSA_MAP_NEXTHOPS] = { "nsaccel_nexthop", "nexthops" },
	[NSA_MAP_USED] = { "nsaccel_used", "used" },
	[NSA_MAP_FIB_USED] = { "nsaccel_fibused", "fib_used" },
	[NSA_MAP_TX] = { "nsaccel_tx", "tx" },
	[NSA_MAP_TX_INFO] = { "nsaccel_tx_info", "tx_info" },
	[NSA_MAP_STATS] = { "nsaccel_stats", "stats" },
	[NSA_MAP_SETTINGS] = { "nsaccel_setting", "settings" },
	[NSA_MAP_LAPSED] = { "nsaccel_lapsed", "lapsed" },
	[NSA_MAP_ISOLATION] = { "nsaccel_isolat", "isolation" },
	[NSA_MAP_SOURCES] = { "nsaccel_sources", "sources" },
	[NSA_MAP_LIMITS] = { "nsaccel_limits", "limits" },
	[NSA_MAP_RULES] = { "nsaccel_rules", "rules" },
	[NSA_MAP_RULE_STATS] = { "nsaccel_rstats", "rule_stats" },
	[NSA_MAP_POLICY_HEADS] = { "nsaccel_pheads", "policy_heads" },
	[NSA_MAP_POLICY_SETS] = { "nsaccel_psets", "policy_sets" },
	[NSA_MAP_POLICY_CLASSES] = { "nsaccel_pclasss", "policy_classes" },
	[NSA_MAP_POLICY_PREFIX] = { "nsaccel_pprefxs", "policy_prefix" },
	[NSA_MAP_CONNS] = { "nsaccel_conns", "conns" },
	[NSA_MAP_TABLE_TEMPLATE] = { "nsaccel_table", "templates/table" },
	[NSA_MAP_STATS_TEMPLATE] = { "nsaccel_counts", "templates/stats" },
	[NSA_MAP_HEAD_TEMPLATE] = { "nsaccel_phead", "templates/policy_head" },
	[NSA_MAP_SETS_TEMPLATE] = { "nsaccel_pset", "templates/policy_sets" },
	[NSA_MAP_CLASSES_TEMPLATE] = { "nsaccel_pclass", "templates/policy_classes" },
	[NSA_MAP_PREFIX_TEMPLATE] = { "nsaccel_pprefix", "templates/policy_prefix" },
	[NSA_MAP_CONNS_TEMPLATE] = { "nsaccel_conn", "templates/conns" },
};

const char *nsa_maps_strerror(int r, enum nsa_map map)
{
	static char text[64];

	if (r != -E2BIG && r != -ENOSPC)
		return strerror(-r);
	snprintf(text, sizeof(text), "the map %s is full", nsa_map_names[map].pin);
	return text;
}

/* The kernel gives each element of a mapped array eight bytes. */
#define USED_SIZE (NSACCEL_MAX_NEXTHOPS * sizeof(__u64))

int nsa_maps_mmap(const struct nsa_maps *maps, enum nsa_map map, size_t size, void **out)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, maps->fd[map], 0);

	if (memory == MAP_FAILED)
		return -errno;
	*out = memory;
	return 0;
}

void nsa_maps_munmap(void *memory, size_t size)
{
	if (memory)
		munmap(memory, size);
}

void nsa_maps_close(struct nsa_maps *maps)
{
	if (!maps)
		return;
	nsa_maps_munmap(maps->used, USED_SIZE);
	nsa_maps_table_unmap(maps);
	nsa_maps_flow_use_unmap(maps);
	for (int i = 0; i < NSA_MAP_COUNT; i++)
		if (maps->fd[i] >= 0)
			close(maps->fd[i]);
	free(maps);
}

void nsa_maps_closep(struct nsa_maps **maps)
{
	nsa_maps_close(*maps);
}

/* bpftool map freeze: from then on user space can't write the map. */
static bool is_frozen(int fd)
{
	char path[48], line[64];
	bool frozen = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	while (file && !frozen && fgets(line, sizeof(line), file))
		frozen = !strcmp(line, "frozen:\t1\n");
	if (file)
		fclose(file);
	return frozen;
}

const char *nsa_maps_frozen(const struct nsa_maps *maps)
{
	for (int i = 0; i < NSA_MAP_COUNT; i++)
		if (is_frozen(maps->fd[i]))
			return nsa_map_names[i].pin;
	return NULL;
}

int nsa_maps_remove(const struct nsa_maps *maps, enum nsa_map map, const void *key)
{
	int r = bpf_map_delete_elem(maps->fd[map], key);

	return r == -ENOENT ? 0 : r;
}

int nsa_maps_open(struct nsa_maps **out)
{
	__cleanup(nsa_maps_closep) struct nsa_maps *maps = malloc(sizeof(*maps));
	char path[PATH_MAX];
	int r;

	if (!maps)
		return -ENOMEM;
	maps->used = NULL;
	maps->table_sequence = NULL;
	maps->flow_use = NULL;
	memset(maps->fd, 0xff, sizeof(maps->fd));
	for (int i = 0; i < NSA_MAP_COUNT; i++) {
		r = nsa_pin_path(path, "%s", nsa_map_names[i].pin);
		if (r < 0)
			return r;
		maps->fd[i] = bpf_obj_get(path);
		if (maps->fd[i] < 0)
			return maps->fd[i];
	}
	r = nsa_maps_mmap(maps, NSA_MAP_USED, USED_SIZE, (void **)&maps->used);
	if (!r)
		r = nsa_maps_table_map(maps);
	if (!r)
		r = nsa_maps_flow_use_map(maps);
	if (r < 0)
		return r;
	*out = TAKE_PTR(maps);
	return 0;
}

/* Keys and values as they are copied from a map, to be put together as entries. */
struct entries {
	size_t key_size, value_size, entry_size, value_offset;
	char *all;
	size_t count, room;
};

static int add_entry(struct entries *e, const void *key, const void *value)
{
	char *at, *grown;

	if (e->count == e->room) {
		size_t room = e->room ? 2 * e->room : 64;

		grown = reallocarray(e->all, room, e->entry_size);
		if (!grown)
			return -ENOMEM;
		e->all = grown;
		e->room = room;
	}
	at = e->all + e->count++ * e->entry_size;
	memset(at, 0, e->entry_size);
	memcpy(at, key, e->key_size);
	memcpy(at + e->value_offset, value, e->value_size);
	return 0;
}

/* Key by key, for maps that know no batches. Elements that vanish meanwhile are left out. */
static int walk(int fd, struct entries *e)
{
	__cleanup(nsa_freep) char *key = malloc(e->key_size);
	__cleanup(nsa_freep) char *value = malloc(e->value_size);
	int r = key && value ? bpf_map_get_next_key(fd, NULL, key) : -ENOMEM;

	while (!r) {
		r = bpf_map_lookup_elem(fd, key, value);
		if (!r)
			r = add_entry(e, key, value);
		if (!r || r == -ENOENT)
			r = bpf_map_get_next_key(fd, key, key);
	}
	return r == -ENOENT ? 0 : r;
}

/* One lot of a hash map; *at: where to go on. -ENOENT: that was the last, -ENOSPC: one of the
 * kernel's buckets holds more. */
static int take_lot(int fd, struct entries *e, __u32 lot, __u32 *from, __u32 *at)
{
	__cleanup(nsa_freep) char *keys = calloc(lot, e->key_size);
	__cleanup(nsa_freep) char *values = calloc(lot, e->value_size);
	int r, end;

	if (!keys || !values)
		return -ENOMEM;
	end = bpf_map_lookup_batch(fd, from, at, keys, values, &lot, NULL);
	if (end < 0 && end != -ENOENT)
		return end;
	for (__u32 i = 0; i < lot; i++) {
		r = add_entry(e, keys + i * e->key_size, values + i * e->value_size);
		if (r < 0)
			return r;
	}
	return end;
}

static int take_lots(int fd, struct entries *e)
{
	__u32 lot = 1024, from = 0, at = 0;
	bool first = true;
	int r;

	do {
		r = take_lot(fd, e, lot, first ? NULL : &from, &at);
		if (r == -ENOSPC) {
			lot *= 2;
			continue;
		}
		from = at;
		first = false;
	} while (!r || r == -ENOSPC);
	return r == -ENOENT ? 0 : r;
}

static int dump(int fd, int (*read)(int fd, struct entries *e), struct entries e, void **out,
		size_t *count)
{
	int r = read(fd, &e);

	if (r < 0) {
		free(e.all);
		return r;
	}
	*out = e.all;
	*count = e.count;
	return 0;
}

#define DUMP(read, fd, type, key_field, value_field, out, count)                                   \
	dump(fd, read,                                                                             \
	     (struct entries){ sizeof((*(out))->key_field), sizeof((*(out))->value_field),         \
			       sizeof(**(out)), offsetof(struct type, value_field), NULL, 0, 0 },  \
	     (void **)(out), count)

/* A name that somebody else has written may lack its end. */
#define END_NAME(name) ((name)[sizeof(name) - 1] = '\0')

static int by_slot(const void *a, const void *b)
{
	const struct nsa_netns_entry *x = a, *y = b;

	return (x->ns.slot > y->ns.slot) - (x->ns.slot < y->ns.slot);
}

int nsa_maps_netns(const struct nsa_maps *maps, struct nsa_netns_entry **out, size_t *count)
{
	int r = DUMP(take_lots, maps->fd[NSA_MAP_NETNS], nsa_netns_entry, cookie, ns, out, count);

	for (size_t i = 0; !r && i < *count; i++)
		END_NAME((*out)[i].ns.name);
	if (!r && *count)
		qsort(*out, *count, sizeof(**out), by_slot);
	return r;
}

static int by_port(const void *a, const void *b)
{
	const struct nsa_port_entry *x = a, *y = b;

	if (x->key.owner_slot != y->key.owner_slot)
		return x->key.owner_slot < y->key.owner_slot ? -1 : 1;
	return (x->key.ifindex > y->key.ifindex) - (x->key.ifindex < y->key.ifindex);
}

int nsa_maps_ports(const struct nsa_maps *maps, struct nsa_port_entry **out, size_t *count)
{
	int r = DUMP(take_lots, maps->fd[NSA_MAP_PORTS], nsa_port_entry, key, port, out, count);

	for (size_t i = 0; !r && i < *count; i++)
		END_NAME((*out)[i].port.name);
	if (!r && *count)
		qsort(*out, *count, sizeof(**out), by_port);
	return r;
}

int nsa_maps_by_endpoint(const void *a, const void *b)
{
	const struct nsa_endpoint_entry *x = a, *y = b;

	if (x->key.owner_slot != y->key.owner_slot)
		return x->key.owner_slot < y->key.owner_slot ? -1 : 1;
	if (x->key.ifindex != y->key.ifindex)
		return x->key.ifindex < y->key.ifindex ? -1 : 1;
	return memcmp(x->key.mac, y->key.mac, sizeof(x->key.mac));
}

int nsa_maps_endpoints(const struct nsa_maps *maps, struct nsa_endpoint_entry **out, size_t *count)
{
	int r = DUMP(take_lots, maps->fd[NSA_MAP_ENDPOINTS], nsa_endpoint_entry, key, ep, out,
		     count);

	for (size_t i = 0; !r && i < *count; i++)
		END_NAME((*out)[i].ep.name);
	if (!r && *count)
		qsort(*out, *count, sizeof(**out), nsa_maps_by_endpoint);
	return r;
}

int nsa_maps_settings(const struct nsa_maps *maps, struct nsa_setting_entry **out, size_t *count)
{
	return DUMP(take_lots, maps->fd[NSA_MAP_SETTINGS], nsa_setting_entry, key, setting, out,
		    count);
}

static int by_mac(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct nsaccel_fdb_key));
}

int nsa_maps_fdb(const struct nsa_maps *maps, struct nsa_fdb_entry **out, size_t *count)
{
	int r = DUMP(take_lots, maps->fd[NSA_MAP_FDB], nsa_fdb_entry, key, fdb, out, count);

	for (size_t i = 0; !r && i < *count; i++)
		END_NAME((*out)[i].fdb.name);
	if (!r && *count)
		qsort(*out, *count, sizeof(**out), by_mac);
	return r;
}

static int by_prefix(const void *a, const void *b)
{
	const struct nsa_route_entry *x = a, *y = b;
	int r;

	if (x->prefix.family != y->prefix.family)
		return x->prefix.family < y->prefix.family ? -1 : 1;
	r = memcmp(x->prefix.addr, y->prefix.addr, sizeof(x->prefix.addr));
	if (r)
		return r;
	return (x->prefix.prefixlen > y->prefix.prefixlen) -
	       (x->prefix.prefixlen < y->prefix.prefixlen);
}

#define BATCH 4096

/* One call for many routes; the kernel keeps the place to go on from in *at. */
struct lot {
	struct nsaccel_prefix at, prefixes[BATCH];
	struct nsaccel_route routes[BATCH];
};

static int append(const struct lot *lot, size_t more, struct nsa_route_entry **entries,
		  size_t *count)
{
	struct nsa_route_entry *grown;

	grown = reallocarray(*entries, *count + more + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	*entries = grown;
	for (size_t i = 0; i < more; i++)
		grown[(*count)++] = (struct nsa_route_entry){ lot->prefixes[i], lot->routes[i] };
	return 0;
}

static int read_lots(int table, struct nsa_route_entry **entries, size_t *count)
{
	__cleanup(nsa_freep) struct lot *lot = malloc(sizeof(*lot));
	bool first = true;
	__u32 more;
	int r, end;

	if (!lot)
		return -ENOMEM;
	do {
		more = BATCH;
		end = bpf_map_lookup_batch(table, first ? NULL : &lot->at, &lot->at, lot->prefixes,
					   lot->routes, &more, NULL);
		if (end < 0 && end != -ENOENT)
			return end;
		r = append(lot, more, entries, count);
		first = false;
	} while (!r && !end);
	return r;
}

int nsa_maps_table_routes(int table, struct nsa_route_entry **out, size_t *count)
{
	__cleanup(nsa_freep) struct nsa_route_entry *entries = NULL;
	size_t n = 0;
	int r = read_lots(table, &entries, &n);

	if (r == -EINVAL || r == -524) /* ENOTSUPP: no batches for tries */
		return DUMP(walk, table, nsa_route_entry, prefix, route, out, count);
	if (r < 0)
		return r;
	*out = TAKE_PTR(entries);
	*count = n;
	return 0;
}

int nsa_maps_routes(const struct nsa_maps *maps, __u64 cookie, struct nsa_route_entry **out,
		    size_t *count)
{
	__cleanup(nsa_closep) int fd = nsa_maps_table_open(maps, cookie);
	int r;

	if (fd == -ENOENT) {
		*out = NULL;
		*count = 0;
		return 0;
	}
	if (fd < 0)
		return fd;
	r = nsa_maps_table_routes(fd, out, count);
	if (!r && *count)
		qsort(*out, *count, sizeof(**out), by_prefix);
	return r;
}

int nsa_maps_netns_get(const struct nsa_maps *maps, __u64 cookie, struct nsaccel_netns *out)
{
	int r = bpf_map_lookup_elem(maps->fd[NSA_MAP_NETNS], &cookie, out);

	if (!r)
		END_NAME(out->name);
	return r;
}

int nsa_maps_netns_put(const struct nsa_maps *maps, __u64 cookie, const struct nsaccel_netns *ns)
{
	return bpf_map_update_elem(maps->fd[NSA_MAP_NETNS], &cookie, ns, BPF_EXIST);
}

/* With the same BTF, so that bpftool prints its fields' names. */
int nsa_maps_new_like(int template_fd, const char *name, __u32 max_entries)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts);
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	__cleanup(nsa_closep) int btf = -1;
	int r;

	r = bpf_obj_get_info_by_fd(template_fd, &info, &len);
	if (r < 0)
		return r;
	btf = bpf_btf_get_fd_by_id(info.btf_id);
	if (btf < 0)
		return btf;
	opts.btf_fd = (__u32)btf;
	opts.btf_key_type_id = info.btf_key_type_id;
	opts.btf_value_type_id = info.btf_value_type_id;
	opts.map_flags = info.map_flags;
	return bpf_map_create(info.type, name, info.key_size, info.value_size,
			      max_entries ? max_entries : info.max_entries, &opts);
}

static int lowest_free_slot(const struct nsa_maps *maps, __u32 *slot)
{
	__cleanup(nsa_freep) struct nsa_netns_entry *all = NULL;
	size_t count = 0;
	__u32 next = 1;
	int r;

	r = nsa_maps_netns(maps, &all, &count);
	if (r < 0)
		return r;
	for (size_t i = 0; i < count && all[i].ns.slot == next; i++)
		next++;
	if (next >= NSACCEL_MAX_NETNS)
		return -E2BIG;
	*slot = next;
	return 0;
}

static int pin_stats(__u64 cookie, int fd)
{
	char path[PATH_MAX];
	int r = nsa_pin_path(path, "by-netns/%llu/stats", cookie);

	return r < 0 ? r : nsa_pin_replace(fd, path);
}

static int new_stats(const struct nsa_maps *maps, __u64 cookie, __u32 slot)
{
	__cleanup(nsa_closep) int fd =
		nsa_maps_new_like(maps->fd[NSA_MAP_STATS_TEMPLATE], "nsaccel_stats", 0);
	int r;

	if (fd < 0)
		return fd;
	r = bpf_map_update_elem(maps->fd[NSA_MAP_STATS], &slot, &fd, BPF_ANY);
	return r < 0 ? r : pin_stats(cookie, fd);
}

/* Of a namespace that couldn't be registered. */
static void drop_stats(const struct nsa_maps *maps, __u64 cookie, __u32 slot)
{
	char path[PATH_MAX];

	nsa_maps_remove(maps, NSA_MAP_STATS, &slot);
	if (!nsa_pin_path(path, "by-netns/%llu", cookie))
		nsa_pin_remove(path);
}

int nsa_maps_netns_register(const struct nsa_maps *maps, __u64 cookie, const char *name,
			    __u32 *slot)
{
	struct nsaccel_netns ns = {};
	int r = nsa_maps_netns_get(maps, cookie, &ns);
	bool known = !r;

	if (r < 0 && r != -ENOENT)
		return r;
	r = 0;
	if (known && !strncmp(ns.name, name, sizeof(ns.name))) {
		*slot = ns.slot;
		return 0;
	}
	if (!known) {
		r = lowest_free_slot(maps, &ns.slot);
		if (r < 0)
			return r;
		r = new_stats(maps, cookie, ns.slot);
	}
	memset(ns.name, 0, sizeof(ns.name));
	memcpy(ns.name, name, strnlen(name, sizeof(ns.name) - 1));
	if (!r)
		r = bpf_map_update_elem(maps->fd[NSA_MAP_NETNS], &cookie, &ns, BPF_ANY);
	if (r < 0 && !known)
		drop_stats(maps, cookie, ns.slot);
	if (r < 0)
		return r;
	*slot = ns.slot;
	return 0;
}

/* Free slots for as many as there are; how many. */
static size_t allot(const struct nsa_netns_entry *all, size_t count, struct nsa_netns_entry *fresh,
		    size_t wanted)
{
	size_t n = 0, i = 0;

	for (__u32 slot = 1; n < wanted && slot < NSACCEL_MAX_NETNS; slot++) {
		if (i < count && all[i].ns.slot == slot)
			i++;
		else
			fresh[n++].ns.slot = slot;
	}
	return n;
}

#define STATS_LOT 64 /* few enough descriptors for any limit */
struct stats_lot {
	int fds[STATS_LOT];
	__u32 slots[STATS_LOT], count;
};

static void stats_lot_close(struct stats_lot *lot)
{
	for (__u32 i = 0; i < lot->count; i++)
		close(lot->fds[i]);
}

static int register_lot(const struct nsa_maps *maps, const struct nsa_netns_entry *fresh,
			__u32 count)
{
	__cleanup(stats_lot_close) struct stats_lot lot = {};
	int r = 0;

	while (lot.count < count) {
		int fd = nsa_maps_new_like(maps->fd[NSA_MAP_STATS_TEMPLATE], "nsaccel_stats", 0);

		if (fd < 0)
			return fd;
		lot.slots[lot.count] = fresh[lot.count].ns.slot;
		lot.fds[lot.count++] = fd;
	}
	r = bpf_map_update_batch(maps->fd[NSA_MAP_STATS], lot.slots, lot.fds, &count, NULL);
	for (__u32 i = 0; !r && i < lot.count; i++) {
		r = pin_stats(fresh[i].cookie, lot.fds[i]);
		if (!r)
			r = bpf_map_update_elem(maps->fd[NSA_MAP_NETNS], &fresh[i].cookie,
						&fresh[i].ns, BPF_ANY);
	}
	return r;
}

int nsa_maps_netns_register_all(const struct nsa_maps *maps, struct nsa_netns_entry *fresh,
				size_t count)
{
	__cleanup(nsa_freep) struct nsa_netns_entry *all = NULL;
	size_t known = 0;
	int r = nsa_maps_netns(maps, &all, &known);

	if (r < 0)
		return r;
	count = allot(all, known, fresh, count);
	for (size_t i = 0; !r && i < count; i += STATS_LOT)
		r = register_lot(maps, &fresh[i],
				 (__u32)(count - i < STATS_LOT ? count - i : STATS_LOT));
	return r;
}

int nsa_maps_netns_forget(const struct nsa_maps *maps, __u64 cookie)
{
	struct nsaccel_netns ns;
	char path[PATH_MAX];
	int r;

	r = nsa_maps_netns_get(maps, cookie, &ns);
	if (r < 0)
		return r;
	/* The entry last: it is how a later run finds the rest, if this one fails. */
	r = nsa_maps_table_drop(maps, cookie, ns.slot);
	if (!r)
		r = nsa_maps_remove(maps, NSA_MAP_STATS, &ns.slot);
	if (!r)
		r = nsa_maps_remove(maps, NSA_MAP_CONNS, &ns.slot);
	if (!r)
		r = nsa_maps_isolation_put(maps, ns.slot, &(struct nsaccel_isolation){});
	if (!r)
		r = nsa_maps_limits_put(maps, ns.slot, &(struct nsaccel_limits){});
	if (!r)
		nsa_maps_flow_forget(maps, ns.slot);
	if (!r)
		r = nsa_pin_path(path, "by-netns/%llu", cookie);
	if (!r)
		r = nsa_pin_remove(path);
	if (!r)
		r = bpf_map_delete_elem(maps->fd[NSA_MAP_NETNS], &cookie);
	if (r < 0) /* it may be an endpoint again before anybody comes to forget it */
		new_stats(maps, cookie, ns.slot);
	return r;
}

int nsa_maps_port_get(const struct nsa_maps *maps, __u32 owner_slot, __u32 ifindex,
		      struct nsaccel_port *out)
{
	struct nsaccel_port_key key = { owner_slot, ifindex };
	int r = bpf_map_lookup_elem(maps->fd[NSA_MAP_PORTS], &key, out);

	if (!r)
		END_NAME(out->name);
	return r;
}

static int by_share(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct nsaccel_share_key));
}

struct share_entry {
	struct nsaccel_share_key key;
	struct nsaccel_share share;
};

int nsa_maps_shares(const struct nsa_maps *maps, struct nsaccel_share **out, size_t *count)
{
	__cleanup(nsa_freep) struct share_entry *entries = NULL;
	struct nsaccel_share *shares;
	size_t n = 0;
	int r = DUMP(take_lots, maps->fd[NSA_MAP_SHARES], share_entry, key, share, &entries, &n);

	if (r < 0)
		return r;
	shares = calloc(n + 1, sizeof(*shares));
	if (!shares)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		shares[i] = entries[i].share;
		END_NAME(shares[i].name);
	}
	if (n)
		qsort(shares, n, sizeof(*shares), by_share);
	*out = shares;
	*count = n;
	return 0;
}

int nsa_maps_share_put(const struct nsa_maps *maps, const struct nsaccel_share *share)
{
	return bpf_map_update_elem(maps->fd[NSA_MAP_SHARES], &share->key, share, BPF_ANY);
}

int nsa_maps_share_del(const struct nsa_maps *maps, const struct nsaccel_share_key *key)
{
	return bpf_map_delete_elem(maps->fd[NSA_MAP_SHARES], key);
}

static int by_source(const void *a, const void *b)
{
	const struct nsa_source_entry *x = a, *y = b;
	int r;

	if (x->key.slot != y->key.slot)
		return x->key.slot < y->key.slot ? -1 : 1;
	if (x->key.family != y->key.family)
		return x->key.family < y->key.family ? -1 : 1;
	r = memcmp(x->key.addr, y->key.addr, sizeof(x->key.addr));
	return r ? r :
		   (x->key.prefixlen > y->key.prefixlen) - (x->key.prefixlen < y->key.prefixlen);
}

int nsa_maps_sources(const struct nsa_maps *maps, struct nsa_source_entry **out, size_t *count)
{
	int r = DUMP(walk, maps->fd[NSA_MAP_SOURCES], nsa_source_entry, key, source, out, count);

	if (!r && *count)
		qsort(*out, *count, sizeof(**out), by_source);
	return r;
}

int nsa_maps_source_put(const struct nsa_maps *maps, const struct nsa_source_entry *entry)
{
	return bpf_map_update_elem(maps->fd[NSA_MAP_SOURCES], &entry->key, &entry->source, BPF_ANY);
}

int nsa_maps_source_del(const struct nsa_maps *maps, const struct nsaccel_source_key *key)
{
	return bpf_map_delete_elem(maps->fd[NSA_MAP_SOURCES], key);
}

/* The kernel waits for programs after a change of a map of maps. What is there under 0, nobody's slot,
 * counts nothing. */
int nsa_maps_wait(const struct nsa_maps *maps)
{
	const __u32 nobody = 0;

	return bpf_map_update_elem(maps->fd[NSA_MAP_STATS], &nobody,
				   &maps->fd[NSA_MAP_STATS_TEMPLATE], BPF_ANY);
}

int nsa_maps_isolation_get(const struct nsa_maps *maps, __u32 slot, __u64 cookie,
			   struct nsaccel_isolation *out)
{
	int r = bpf_map_lookup_elem(maps->fd[NSA_MAP_ISOLATION], &slot, out);

	if (!r && out->cookie != cookie) /* another's, who had the slot before */
		memset(out, 0, sizeof(*out));
	return r;
}

int nsa_maps_isolation_put(const struct nsa_maps *maps, __u32 slot,
			   const struct nsaccel_isolation *isolation)
{
	return bpf_map_update_elem(maps->fd[NSA_MAP_ISOLATION], &slot, isolation, BPF_ANY);
}

/* Programs read it more than once: what was read early may be of before, and what was read late of after a
 * change. */
static struct nsaccel_isolation stricter(const struct nsaccel_isolation *a,
					 const struct nsaccel_isolation *b)
{
	struct nsaccel_isolation both = *a;

	if (both.guard == NSACCEL_GUARD_OFF || b->guard == NSACCEL_GUARD_DROP)
		both.guard = b->guard;
	if (b->on_miss == NSACCEL_ON_MISS_DROP)
		both.on_miss = b->on_miss;
	if (b->policy == NSACCEL_VERDICT_DENY)
		both.policy = b->policy;
	both.cookie |= b->cookie;
	both.isolated |= b->isolated;
	both.limited |= b->limited;
	return both;
}

/* Through what allows no more than either does; lists of sources, of which neither need hold the other,
 * change while all else is as strict. */
int nsa_maps_isolation_change(const struct nsa_maps *maps, __u32 slot,
			      const struct nsaccel_isolation *from,
			      const struct nsaccel_isolation *to)
{
	const struct nsaccel_isolation *before = from;
	struct nsaccel_isolation steps[3];
	int r = 0;

	steps[0] = steps[1] = stricter(from, to);
	steps[1].pinned = to->pinned;
	steps[2] = *to;
	for (size_t i = 0; !r && i < sizeof(steps) / sizeof(*steps); i++) {
		if (!memcmp(&steps[i], before, sizeof(*before)))
			continue;
		r = nsa_maps_isolation_put(maps, slot, &steps[i]);
		if (!r && i + 1 < sizeof(steps) / sizeof(*steps))
			r = nsa_maps_wait(maps);
		before = &steps[i];
	}
	return r;
}

int nsa_maps_limits_get(const struct nsa_maps *maps, __u32 slot, struct nsaccel_limits *out)
{
	return bpf_map_lookup_elem(maps->fd[NSA_MAP_LIMITS], &slot, out);
}

int nsa_maps_limits_put(const struct nsa_maps *maps, __u32 slot,
			const struct nsaccel_limits *limits)
{
	return bpf_map_update_elem(maps->fd[NSA_MAP_LIMITS], &slot, limits, BPF_ANY);
}

int nsa_maps_owner_get(const struct nsa_maps *maps, __u32 slot, struct nsaccel_owner *out)
{
	return bpf_map_lookup_elem(maps->fd[NSA_MAP_OWNERS], &slot, out);
}

int nsa_maps_owner_put(const struct nsa_maps *maps, __u32 slot, const struct nsaccel_owner *owner)
{
	return bpf_map_update_elem(maps->fd[NSA_MAP_OWNERS], &slot, owner, BPF_ANY);
}

/* Of ports that share an element the first has it; the others are found in "ports": 1. */
static int cache_port(const struct nsa_maps *maps, const struct nsaccel_port_key *key,
		      const struct nsaccel_port *port)
{
	__u32 index = NSACCEL_PORT_CACHE_INDEX(key->owner_slot, key->ifindex);
	struct nsaccel_cached_port cached;
	bool own;
	int r;

	r = bpf_map_lookup_elem(maps->fd[NSA_MAP_PORT_CACHE], &index, &cached);
	if (r < 0)
		return r;
	own = cached.ifindex == key->ifindex && cached.owner_slot == key->owner_slot;
	if (!own &&
	    (cached.ifindex || (cached.retired && nsa_clock() - cached.retired < 1000000000)))
		return 1;
	cached.owner_slot = key->owner_slot;
	cached.retired = 0;
	cached.port = *port;
	if (!own) { /* whole before it is anybody's */
		r = bpf_map_update_elem(maps->fd[NSA_MAP_PORT_CACHE], &index, &cached, BPF_ANY);
		if (r < 0)
			return r;
	}
	cached.ifindex = key->ifindex;
	return bpf_map_update_elem(maps->fd[NSA_MAP_PORT_CACHE], &index, &cached, BPF_ANY);
}

/* 1: it isn't there. */
static int uncache_port(const struct nsa_maps *maps, const struct nsaccel_port_key *key)
{
	__u32 index = NSACCEL_PORT_CACHE_INDEX(key->owner_slot, key->ifindex);
	struct nsaccel_cached_port cached;
	int r;

	r = bpf_map_lookup_elem(maps->fd[NSA_MAP_PORT_CACHE], &index, &cached);
	if (r < 0)
		return r;
	if (cached.ifindex != key->ifindex || cached.owner_slot != key->owner_slot)
		return 1;
	cached.ifindex = 0;
	cached.retired = nsa_clock();
	return bpf_map_update_elem(maps->fd[NSA_MAP_PORT_CACHE], &index, &cached, BPF_ANY);
}

int nsa_maps_port_put(const struct nsa_maps *maps, __u32 owner_slot, __u32 ifindex,
		      const struct nsaccel_port *port)
{
	struct nsaccel_port_key key = { owner_slot, ifindex };
	struct nsaccel_port old;
	bool known = !nsa_maps_port_get(maps, owner_slot, ifindex, &old);
	int r, uncached;

	r = bpf_map_update_elem(maps->fd[NSA_MAP_PORTS], &key, port, BPF_ANY);
	if (r < 0 || ifindex >= NSACCEL_ABSENT)
		return r;
	r = uncached = cache_port(maps, &key, port);
	if (r >= 0)
		r = nsa_maps_delivered_begin(maps, &key);
	if (!r && uncached &&
	    known) /* programs may hold what is free, and the next to be given anew */
		r = nsa_maps_wait(maps);
	if (r < 0 && known)
		bpf_map_update_elem(maps->fd[NSA_MAP_PORTS], &key, &old, BPF_ANY);
	else if (r < 0)
		bpf_map_delete_elem(maps->fd[NSA_MAP_PORTS], &key);
	return r;
}

int nsa_maps_port_del(const struct nsa_maps *maps, __u32 owner_slot, __u32 ifindex)
{
	struct nsaccel_port_key key = { owner_slot, ifindex };
	int r, uncached;

	r = uncached = uncache_port(maps, &key);
	if (r >= 0)
		r = nsa_maps_delivered_end(maps, &key);
	if (!r)
		r = bpf_map_delete_elem(maps->fd[NSA_MAP_PORTS], &key);
	return !r && uncached && ifindex < NSACCEL_ABSENT ? nsa_maps_wait(maps) : r;
}

int nsa_maps_endpoint_get(const struct nsa_maps *maps, const struct nsaccel_endpoint_key *key,
			  struct nsaccel_endpoint *out)
{
	int r = bpf_map_lookup_elem(maps->fd[NSA_MAP_ENDPOINTS], key, out);

	if (!r)
		END_NAME(out->name);
	return r;
}

int nsa_maps_endpoint_put(const struct nsa_maps *maps, const struct nsa_endpoint_entry *entry)
{
	return bpf_map_update_elem(maps->fd[NSA_MAP_ENDPOINTS], &entry->key, &entry->ep, BPF_ANY);
}

int nsa_maps_endpoint_del(const struct nsa_maps *maps, const struct nsaccel_endpoint_key *key)
{
	return bpf_map_delete_elem(maps->fd[NSA_MAP_ENDPOINTS], key);
}

int nsa_maps_fdb_get(const struct nsa_maps *maps, const struct nsaccel_fdb_key *key,
		     struct nsaccel_fdb *out)
{
	int r = bpf_map_lookup_elem(maps->fd[NSA_MAP_FDB], key, out);

	if (!r)
		END_NAME(out->name);
	return r;
}

int nsa_maps_fdb_put(const struct nsa_maps *maps, const struct nsaccel_fdb *fdb)
{
	return bpf_map_update_elem(maps->fd[NSA_MAP_FDB], &fdb->key, fdb, BPF_ANY);
}

int nsa_maps_fdb_del(const struct nsa_maps *maps, const struct nsaccel_fdb_key *key)
{
	return bpf_map_delete_elem(maps->fd[NSA_MAP_FDB], key);
}

int nsa_maps_setting_get(const struct nsa_maps *maps, const struct nsaccel_setting_key *key,
			 struct nsaccel_setting *out)
{
	return bpf_map_lookup_elem(maps->fd[NSA_MAP_SETTINGS], key, out);
}

int nsa_maps_setting_put(const struct nsa_maps *maps, const struct nsaccel_setting_key *key,
			 const struct nsaccel_setting *setting)
{
	return bpf_map_update_elem(maps->fd[NSA_MAP_SETTINGS], key, setting, BPF_ANY);
}

int nsa_maps_setting_del(const struct nsa_maps *maps, const struct nsaccel_setting_key *key)
{
	return bpf_map_delete_elem(maps->fd[NSA_MAP_SETTINGS], key);
}

static struct nsaccel_lapsed_key lapsed_key(const char *name)
{
	struct nsaccel_lapsed_key key = {};

	memcpy(key.name, name, strnlen(name, sizeof(key.name) - 1));
	return key;
}

int nsa_maps_lapsed_get(const struct nsa_maps *maps, const char *name, struct nsaccel_lapsed *out)
{
	struct nsaccel_lapsed_key key = lapsed_key(name);

	return bpf_map_lookup_elem(maps->fd[NSA_MAP_LAPSED], &key, out);
}

int nsa_maps_lapsed_put(const struct nsa_maps *maps, const char *name,
			const struct nsaccel_lapsed *lapsed)
{
	struct nsaccel_lapsed_key key = lapsed_key(name);

	return bpf_map_update_elem(maps->fd[NSA_MAP_LAPSED], &key, lapsed, BPF_ANY);
}

int nsa_maps_lapsed_del(const struct nsa_maps *maps, const char *name)
{
	struct nsaccel_lapsed_key key = lapsed_key(name);

	return bpf_map_delete_elem(maps->fd[NSA_MAP_LAPSED], &key);
}

/* Of an array, with one call. */
static int all_elements(int fd, __u32 count, size_t value_size, void **out)
{
	__cleanup(nsa_freep) char *all = calloc(count, value_size);
	__cleanup(nsa_freep) __u32 *keys = calloc(count, sizeof(*keys));
	__u32 at;
	int r;

	if (!all || !keys)
		return -ENOMEM;
	r = bpf_map_lookup_batch(fd, NULL, &at, keys, all, &count, NULL);
	if (r < 0 && r != -ENOENT) /* -ENOENT: that was all */
		return r;
	*out = TAKE_PTR(all);
	return 0;
}

int nsa_maps_copy(const struct nsa_maps *maps, enum nsa_map map, size_t size, void **out)
{
	void *memory = mmap(NULL, size, PROT_READ, MAP_SHARED, maps->fd[map], 0);
	void *all;

	if (memory == MAP_FAILED)
		return -errno;
	all = malloc(size);
	if (all)
		*out = memcpy(all, memory, size);
	munmap(memory, size);
	return all ? 0 : -ENOMEM;
}

int nsa_maps_nexthops(const struct nsa_maps *maps, struct nsaccel_nexthop **out)
{
	_Static_assert(sizeof(**out) % 8 == 0, "in the map they follow each other without padding");
	return nsa_maps_copy(maps, NSA_MAP_NEXTHOPS, NSACCEL_MAX_NEXTHOPS * sizeof(**out),
			     (void **)out);
}

int nsa_maps_nexthop_get(const struct nsa_maps *maps, __u32 id, struct nsaccel_nexthop *out)
{
	return bpf_map_lookup_elem(maps->fd[NSA_MAP_NEXTHOPS], &id, out);
}

int nsa_maps_nexthop_put(const struct nsa_maps *maps, __u32 id, const struct nsaccel_nexthop *nh)
{
	return bpf_map_update_elem(maps->fd[NSA_MAP_NEXTHOPS], &id, nh, BPF_ANY);
}

bool nsa_maps_nexthop_used(const struct nsa_maps *maps, __u32 id)
{
	volatile __u32 *used = (volatile __u32 *)&maps->used[id];
	bool was = *used;

	if (was)
		*used = 0;
	return was;
}

int nsa_maps_fib_used(const struct nsa_maps *maps, __u32 owner_slot,
		      struct nsaccel_fib_neighbour **out, size_t *count)
{
	struct nsaccel_fib_neighbour key;
	struct entries e = { .key_size = sizeof(key), .entry_size = sizeof(key) };
	int fd = maps->fd[NSA_MAP_FIB_USED];
	int r = bpf_map_get_next_key(fd, NULL, &key);

	while (!r) {
		struct nsaccel_fib_neighbour found = key;
		bool last = bpf_map_get_next_key(fd, &found, &key) != 0;

		if (found.owner_slot == owner_slot && !bpf_map_delete_elem(fd, &found))
			r = add_entry(&e, &found, &found);
		if (last)
			break;
	}
	if (r < 0 && r != -ENOENT) {
		free(e.all);
		return r;
	}
	*out = (struct nsaccel_fib_neighbour *)(void *)e.all;
	*count = e.count;
	return 0;
}

static int get_meta(const struct nsa_maps *maps, struct nsaccel_meta *meta)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(maps->fd[NSA_MAP_META], &zero, meta);
}

int nsa_maps_abi(const struct nsa_maps *maps, __u32 *version)
{
	struct nsaccel_meta meta;
	int r = get_meta(maps, &meta);

	if (!r)
		*version = meta.abi_version;
	return r;
}

static int put_meta(const struct nsa_maps *maps, struct nsaccel_meta *meta)
{
	__u32 zero = 0;

	meta->abi_version = NSACCEL_ABI_VERSION;
	return bpf_map_update_elem(maps->fd[NSA_MAP_META], &zero, meta, BPF_ANY);
}

int nsa_maps_generation(const struct nsa_maps *maps, __u32 *generation)
{
	struct nsaccel_meta meta;
	int r = get_meta(maps, &meta);

	if (r < 0)
		return r;
	if (!++meta.generation)
		meta.generation = 1;
	r = put_meta(maps, &meta);
	if (r < 0)
		return r;
	*generation = meta.generation;
	return 0;
}

int nsa_maps_changes(const struct nsa_maps *maps, __u32 *changes)
{
	struct nsaccel_meta meta;
	int r = get_meta(maps, &meta);

	if (!r)
		*changes = meta.changes;
	return r;
}

int nsa_maps_changed(const struct nsa_maps *maps)
{
	struct nsaccel_meta meta;
	int r = get_meta(maps, &meta);

	if (r < 0)
		return r;
	meta.changes++;
	return put_meta(maps, &meta);
}

int nsa_maps_targets(const struct nsa_maps *maps, struct nsaccel_tx_info **out)
{
	return all_elements(maps->fd[NSA_MAP_TX_INFO], NSACCEL_MAX_TX, sizeof(**out), (void **)out);
}

static int find_tx(const struct nsa_maps *maps, __u64 cookie, __u32 ifindex, __u32 *slot,
		   __u32 *free_slot)
{
	__cleanup(nsa_freep) struct nsaccel_tx_info *all = NULL;
	int r = nsa_maps_targets(maps, &all);

	if (r < 0)
		return r;
	for (__u32 i = 1; i < NSACCEL_MAX_TX; i++) {
		if (all[i].netns_cookie == cookie && all[i].ifindex == ifindex) {
			*slot = i;
			return 0;
		}
		if (!all[i].netns_cookie && !*free_slot)
			*free_slot = i;
	}
	return -ENOENT;
}

int nsa_maps_tx_set(const struct nsa_maps *maps, const struct nsaccel_tx_info *info, __u32 *slot)
{
	struct bpf_devmap_val value = { .ifindex = info->ifindex, .bpf_prog.fd = -1 };
	__u32 at = 0, free_slot = 0;
	int r;

	r = find_tx(maps, info->netns_cookie, info->ifindex, &at, &free_slot);
	if (r == -ENOENT) {
		at = free_slot;
		if (!at)
			return -E2BIG;
		r = 0;
	}
	if (r < 0)
		return r;
	r = bpf_map_update_elem(maps->fd[NSA_MAP_TX_INFO], &at, info, BPF_ANY);
	if (r < 0)
		return r;
	r = bpf_map_update_elem(maps->fd[NSA_MAP_TX], &at, &value, BPF_ANY);
	if (r < 0)
		return r;
	*slot = at;
	return 0;
}

int nsa_maps_tx_get(const struct nsa_maps *maps, __u32 slot, struct nsaccel_tx_info *out)
{
	return bpf_map_lookup_elem(maps->fd[NSA_MAP_TX_INFO], &slot, out);
}

bool nsa_maps_tx_is_set(const struct nsa_maps *maps, __u32 slot, __u64 cookie, __u32 ifindex)
{
	struct nsaccel_tx_info info;
	struct bpf_devmap_val value;

	return !nsa_maps_tx_get(maps, slot, &info) && info.netns_cookie == cookie &&
	       info.ifindex == ifindex &&
	       !bpf_map_lookup_elem(maps->fd[NSA_MAP_TX], &slot, &value) &&
	       value.ifindex == ifindex;
}

int nsa_maps_tx_del(const struct nsa_maps *maps, __u32 slot)
{
	const struct nsaccel_tx_info none = {};

	bpf_map_delete_elem(maps->fd[NSA_MAP_TX], &slot);
	return bpf_map_update_elem(maps->fd[NSA_MAP_TX_INFO], &slot, &none, BPF_ANY);
}

static int open_stats(const struct nsa_maps *maps, __u64 cookie)
{
	struct nsaccel_netns ns;
	__u32 id;
	int r;

	r = nsa_maps_netns_get(maps, cookie, &ns);
	if (r < 0)
		return r;
	r = bpf_map_lookup_elem(maps->fd[NSA_MAP_STATS], &ns.slot, &id);
	return r < 0 ? r : bpf_map_get_fd_by_id(id);
}

int nsa_maps_stats(const struct nsa_maps *maps, __u64 cookie, enum nsaccel_hook hook,
		   struct nsaccel_stats *out)
{
	const size_t counters = sizeof(*out) / sizeof(struct nsaccel_counter);
	__cleanup(nsa_freep) struct nsaccel_counter *per_cpu = NULL;
	struct nsaccel_counter sum[sizeof(*out) / sizeof(struct nsaccel_counter)] = {};
	__cleanup(nsa_closep) int fd = open_stats(maps, cookie);
	int cpus = libbpf_num_possible_cpus();
	__u32 key = hook;
	int r;

	if (fd < 0)
		return fd;
	if (cpus < 0)
		return cpus;
	per_cpu = calloc((size_t)cpus * counters, sizeof(*per_cpu));
	if (!per_cpu)
		return -ENOMEM;
	r = bpf_map_lookup_elem(fd, &key, per_cpu);
	if (r < 0)
		return r;
	for (size_t i = 0; i < (size_t)cpus * counters; i++) {
		sum[i % counters].packets += per_cpu[i].packets;
		sum[i % counters].bytes += per_cpu[i].bytes;
	}
	memcpy(out, sum, sizeof(*out));
	return 0;
}
