// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/rtnl_request.h"
#include "util/array.h"

struct items {
	const struct nsa_rtnl_object *object;
	__u8 family; /* AF_UNSPEC: any */
	char *array;
	size_t count, room, most; /* most 0: any number */
	int error;
};

static void *items_next(struct items *items)
{
	size_t size = items->object->size;
	char *array;

	if (items->count == items->room) {
		array = nsa_array_grow(items->array, &items->room, items->count + 1, size);
		if (!array)
			return NULL;
		items->array = array;
	}
	return items->array + items->count * size;
}

static bool is_full(const struct items *items)
{
	return items->most && items->count == items->most;
}

/* Continues after an error, to empty the socket. */
static int items_add(const struct nlmsghdr *msg, void *data)
{
	struct items *items = data;
	const __u8 *family = mnl_nlmsg_get_payload(msg);
	void *item;

	if (items->error || mnl_nlmsg_get_payload_len(msg) < items->object->header)
		return MNL_CB_OK;
	/* A kernel without IPv6 answers with all the families that it has. */
	if (items->family && items->family != *family)
		return MNL_CB_OK;
	if (is_full(items))
		return MNL_CB_STOP;
	item = items_next(items);
	if (!item)
		items->error = -ENOMEM;
	else if (items->object->parse(msg, item))
		items->count++;
	return MNL_CB_OK;
}

struct nlmsghdr *nsa_rtnl_begin(struct nsa_rtnl *rtnl, const struct nsa_rtnl_object *object,
				__u8 family, __u16 flags)
{
	struct nlmsghdr *request = nsa_nl_request(&rtnl->nl, object->type, flags, object->header);

	*(__u8 *)nsa_nl_header(request) = family;
	return request;
}

/* Appends the items of one family. */
static int dump_family(struct nsa_rtnl *rtnl, struct items *items,
		       const struct nsa_rtnl_filter *filter, __u8 family)
{
	struct nlmsghdr *request = nsa_rtnl_begin(rtnl, items->object, family, NLM_F_DUMP);
	size_t before = items->count;
	int r, try;

	if (items->object->select)
		items->object->select(request, filter);
	items->family = family;
	for (try = 0; try < rtnl->tries; try++) {
		items->count = before;
		r = nsa_nl_talk(&rtnl->nl, items_add, items);
		if (items->error)
			return items->error;
		if (is_full(items))
			return 0;
		if (r != -EINTR)
			return r;
	}
	return -EAGAIN;
}

static int dump_ip(struct nsa_rtnl *rtnl, struct items *items, const struct nsa_rtnl_filter *filter)
{
	int r;

	r = dump_family(rtnl, items, filter, AF_INET);
	if (r < 0 || is_full(items))
		return r;
	r = dump_family(rtnl, items, filter, AF_INET6);
	return r == -EAFNOSUPPORT ? 0 : r;
}

int nsa_rtnl_dump(struct nsa_rtnl *rtnl, const struct nsa_rtnl_object *object,
		  const struct nsa_rtnl_filter *filter, void *out, size_t *count)
{
	struct items items = { .object = object, .most = filter->most };
	int r;

	r = filter->family == AF_INET ? dump_ip(rtnl, &items, filter) :
					dump_family(rtnl, &items, filter, filter->family);
	if (r < 0) {
		free(items.array);
		return r;
	}
	memcpy(out, &items.array, sizeof(items.array));
	*count = items.count;
	return 0;
}

int nsa_rtnl_get(struct nsa_rtnl *rtnl, const struct nsa_rtnl_object *object, void *out)
{
	struct items items = { .object = object };
	int r;

	r = nsa_nl_talk(&rtnl->nl, items_add, &items);
	if (!r)
		r = items.error;
	if (!r && !items.count)
		r = -ENOENT;
	if (!r)
		memcpy(out, items.array, object->size);
	free(items.array);
	return r;
}
