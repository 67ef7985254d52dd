// SPDX-License-Identifier: GPL-2.0-only
/* Shared NICs: what stands for an entry, and what goes with it, whichever call fails. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake/machine.h"
#include "user/maps/maps.h"
#include "user/ops/detach.h"
#include "user/ops/share.h"
#include "user/ops/unshare.h"

#define INGRESS 46 /* BPF_TCX_INGRESS, Linux 6.6: newer than Debian 12's headers */

static const __u8 address[NSACCEL_ADDR_LEN] = { 10, 1, 0, 5 };

static struct nsa_share_request request_of(const char *netns, const char *text, __u16 vlan)
{
	struct nsa_share_request request = {
		.bpffs = machine.bpffs, .nic = "eth0", .netns = netns, .vlan = vlan, .length = 24
	};

	if (!text)
		return request;
	request.family = strchr(text, ':') ? NSACCEL_FAMILY_INET6 : NSACCEL_FAMILY_INET;
	assert_int_equal(inet_pton(request.family == NSACCEL_FAMILY_INET ? AF_INET : AF_INET6, text,
				   request.addr),
			 1);
	return request;
}

static int share(const char *netns, const char *text, __u16 vlan)
{
	const struct nsa_share_request request = request_of(netns, text, vlan);

	return nsa_share(&request);
}

static int give_up(const char *netns, const char *text, __u16 vlan)
{
	const struct nsa_share_request request = request_of(netns, text, vlan);

	return nsa_unshare(&request);
}

/* The only entry; NULL: there is none. */
static struct nsaccel_share *the_share(void)
{
	const struct fake_object *map = fake_map_of(NSA_MAP_SHARES);

	assert_in_range(map->count, 0, 1);
	return map->count ? map->elements[0].value : NULL;
}

static struct nsaccel_port *port_of(const char *dev)
{
	const struct fake_object *map = fake_map_of(NSA_MAP_PORTS);
	const struct fake_link *found = fake_link_named(machine.host, dev);

	for (size_t i = 0; found && i < map->count; i++)
		if (((struct nsaccel_port_key *)map->elements[i].key)->ifindex ==
		    (__u32)found->link.ifindex)
			return map->elements[i].value;
	return NULL;
}

/* By which red could reach the owner. */
static bool is_host_end_open(void)
{
	const struct fake_link *host_end = fake_link_named(machine.host, "nsa0");
	const struct fake_object *link;
	size_t at = 0;

	if (!host_end || !(host_end->link.flags & IFF_UP))
		return false;
	while ((link = fake_bpf_next_link(&at)))
		if (link->netns == machine.host->cookie && link->hook == INGRESS &&
		    link->ifindex == host_end->link.ifindex)
			return false;
	return true;
}

/* After calls that change hooks or devices, or look at them before they do. */
static void check_host_end(const char *function, unsigned int object)
{
	static bool changed;

	(void)object;
	if (changed && is_host_end_open())
		fail_msg("%s failed: the host end is up without a program when %s is called",
			 fake_failed(), function);
	changed = !strncmp(function, "bpf_link_", 9) || !strncmp(function, "bpf_obj_", 8) ||
		  !strncmp(function, "nsa_link_", 9);
}

static void try_each_failure(const struct machine_trial *trial)
{
	fake_on_call = check_host_end;
	machine_try_each_failure(trial);
	fake_on_call = NULL;
}

/* Share and unshare begin by following the kernel, as sync does: so many calls are its. */
#define AFTER_SYNC 180

static void have_eth0(void)
{
	assert_int_equal(machine_attach("eth0"), 0);
}

static int share_red(void)
{
	return share("red", "10.1.0.5", 0);
}

static void have_share(void)
{
	have_eth0();
	assert_int_equal(share_red(), 0);
}

static void have_two_addresses(void)
{
	have_share();
	assert_int_equal(share("red", "10.1.0.6", 0), 0);
}

/* Once more; what is there already, or no more, sync completes. */
static int share_again(void)
{
	int r = share_red();

	return r == -EEXIST ? machine_sync() : r;
}

static int unshare_red(void)
{
	return give_up("red", "10.1.0.5", 0);
}

static int unshare_again(void)
{
	int r = unshare_red();

	return r == -ENOENT ? machine_sync() : r;
}

static int detach(void)
{
	return nsa_detach(machine.bpffs, NULL, "eth0", false);
}

static int detach_again(void)
{
	return nsa_detach_all(machine.bpffs, NULL, false);
}

/* What stands */

static void test_entry(void **state)
{
	const struct nsaccel_share *entry;
	const struct fake_link *eth0, *inner, *host_end;

	(void)state;
	have_share();
	entry = the_share();
	eth0 = fake_link_named(machine.host, "eth0");
	inner = fake_link_named(machine.red, "eth0");
	host_end = fake_link_named(machine.host, "nsa0");
	assert_true(entry && inner && host_end);
	assert_int_equal(entry->key.nic, eth0->link.ifindex);
	assert_int_equal(entry->key.vlan, 0);
	assert_int_equal(entry->key.family, NSACCEL_FAMILY_INET);
	assert_memory_equal(entry->key.addr, address, sizeof(address));
	assert_int_equal(entry->netns_cookie, machine.red->cookie);
	assert_int_equal(entry->port, host_end->link.ifindex);
	assert_int_equal(entry->length, 24);
	assert_int_equal(entry->ready, 1);
	assert_string_equal(entry->name, "eth0");
	assert_memory_equal(inner->link.mac, eth0->link.mac, 6);
	assert_true(inner->link.flags & host_end->link.flags & IFF_UP);
	assert_int_equal(port_of("nsa0")->share_nic, eth0->link.ifindex);
	assert_int_equal(port_of("nsa0")->share_whole, 0);
	assert_int_equal(port_of("eth0")->shared, 1);
	assert_false(eth0->promisc || eth0->allmulti);
}

/* The NIC's filters are open for what the kernel does not ask it for, and as before afterwards. */
static void test_filters(void **state)
{
	static const struct {
		const char *text;
		__u16 vlan;
		bool promisc, allmulti;
	} shares[] = {
		{ "10.1.0.5", 0, false, false },
		{ "10.1.0.5", 7, true, false },
		{ "fd00::5", 0, false, true },
		{ NULL, 7, true, true },
	};
	const struct fake_link *eth0;
	char *before;

	(void)state;
	have_eth0();
	eth0 = fake_link_named(machine.host, "eth0");
	before = fake_dump();
	for (size_t i = 0; i < sizeof(shares) / sizeof(*shares); i++) {
		assert_int_equal(share("red", shares[i].text, shares[i].vlan), 0);
		assert_int_equal(port_of("nsa0")->share_whole, !shares[i].text);
		assert_int_equal(port_of("nsa0")->share_vlan, shares[i].vlan);
		assert_int_equal(eth0->promisc, shares[i].promisc);
		assert_int_equal(eth0->allmulti, shares[i].allmulti);
		assert_int_equal(
			give_up(shares[i].text ? "red" : NULL, shares[i].text, shares[i].vlan), 0);
		fake_check_state("unshared", before);
	}
	free(before);
}

/* A name of a host end that somebody else uses is left to him. */
static void test_name_is_taken(void **state)
{
	(void)state;
	fake_link_add(machine.host, "nsa0", "dummy");
	have_share();
	assert_non_null(fake_link_named(machine.host, "nsa1"));
	assert_int_equal(detach(), 0);
	assert_null(fake_link_named(machine.host, "nsa1"));
	assert_non_null(fake_link_named(machine.host, "nsa0"));
}

/* Each failure */

static void test_share(void **state)
{
	(void)state;
	try_each_failure(&(struct machine_trial){ .what = "share",
						  .prepare = have_eth0,
						  .act = share_red,
						  .mend = share_again,
						  .from = AFTER_SYNC });
}

static void test_unshare(void **state)
{
	(void)state;
	try_each_failure(&(struct machine_trial){ .what = "unshare",
						  .prepare = have_share,
						  .act = unshare_red,
						  .mend = unshare_again,
						  .from = AFTER_SYNC });
}

/* The veth stays for the other one. An address that red keeps is no use to it. */
static void test_unshare_one_of_two(void **state)
{
	(void)state;
	for (int failing = 0; failing < 2; failing++) {
		machine_reset();
		have_two_addresses();
		if (failing)
			fake_fail("nsa_link_del_addr", 1, -EIO);
		assert_int_equal(unshare_red(), 0);
		assert_int_equal(the_share()->key.addr[3], 6);
		assert_non_null(fake_link_named(machine.red, "eth0"));
		assert_int_equal(machine.red->addr_count, 2 + failing);
	}
}

/* A namespace that can't be read at once still has what it was given. */
static void test_sync(void **state)
{
	(void)state;
	try_each_failure(&(struct machine_trial){ .what = "sync",
						  .prepare = have_two_addresses,
						  .act = machine_sync,
						  .goes_on = true });
}

static void test_detach(void **state)
{
	(void)state;
	try_each_failure(&(struct machine_trial){
		.what = "detach", .prepare = have_share, .act = detach, .mend = detach_again });
}

/* What ends a share */

static void moved_away(void)
{
	have_share();
	fake_link_move(machine.red, "eth0", machine.blue);
}

static void netns_dies(void)
{
	have_share();
	fake_netns_del(machine.red);
}

static void nic_gone(void)
{
	assert_int_equal(machine_attach("eth1"), 0);
	have_share();
	fake_link_del(machine.host, "eth0");
}

/* Before it was up, and after. */
static void killed_early(void)
{
	have_share();
	the_share()->ready = 0;
	fake_link_named(machine.host, "nsa0")->link.flags &= ~(__u32)IFF_UP;
}

static void killed_late(void)
{
	have_share();
	the_share()->ready = 0;
}

static void assert_nothing_shared(void)
{
	assert_null(the_share());
	assert_null(fake_link_named(machine.host, "nsa0"));
	assert_null(fake_link_named(machine.red, "eth0"));
	assert_null(fake_link_named(machine.blue, "eth0"));
}

static void test_ends(void **state)
{
	static void (*const ends[])(void) = { moved_away, netns_dies, nic_gone, killed_early,
					      killed_late };

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		machine_reset();
		ends[i]();
		assert_int_equal(machine_sync(), 0);
		assert_nothing_shared();
	}
}

/* Whoever has the device now must not reach the owner by it, and the next sync takes it. */
static bool try_end(const char *function, unsigned int nth)
{
	bool failed;

	machine_reset();
	moved_away();
	fake_on_call = check_host_end;
	fake_fail(function, nth, -EIO);
	machine_sync();
	fake_on_call = NULL;
	failed = fake_failed();
	if (fake_link_named(machine.host, "nsa0"))
		assert_int_equal(port_of("nsa0")->share_nic,
				 fake_link_named(machine.host, "eth0")->link.ifindex);
	fake_fail_never();
	assert_int_equal(machine_sync(), 0);
	assert_nothing_shared();
	return failed;
}

static void test_end_fails(void **state)
{
	static const char *const functions[] = { "nsa_link_del", "bpf_map_delete_elem",
						 "bpf_map_update_elem", "bpf_map_lookup_batch" };

	(void)state;
	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++)
		for (unsigned int nth = 1; try_end(functions[i], nth); nth++)
			;
}

/* The host end's index is another device's now: that one stays, and so does its name. */
static void test_ifindex_is_reused(void **state)
{
	static int (*const acts[])(void) = { machine_sync, detach };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		int ifindex;

		machine_reset();
		have_share();
		ifindex = fake_link_named(machine.host, "nsa0")->link.ifindex;
		fake_link_del(machine.host, "nsa0");
		fake_kernel_add_link(machine.host, ifindex, "dummy0", "dummy");
		assert_int_equal(acts[i](), 0);
		assert_non_null(fake_link_named(machine.host, "dummy0"));
		assert_true(i || !the_share());
	}
}

/* An outdated record is better than none. */
static void test_record_cannot_be_written(void **state)
{
	const char *failed;
	unsigned int nth = 1;

	(void)state;
	do {
		machine_reset();
		have_share();
		fake_sysctl_set(machine.host, "net/ipv4/conf/nsa0/rp_filter", 2);
		fake_on_call = check_host_end;
		fake_fail("bpf_map_update_elem", nth++, -EIO);
		machine_sync();
		failed = fake_failed();
		fake_on_call = NULL;
		fake_fail_never();
		assert_int_equal(machine_sync(), 0);
		assert_int_equal(port_of("nsa0")->rp_filter, NSACCEL_RP_FILTER_LOOSE);
	} while (failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_entry),
		MACHINE_TEST(test_filters),
		MACHINE_TEST(test_name_is_taken),
		MACHINE_TEST(test_share),
		MACHINE_TEST(test_unshare),
		MACHINE_TEST(test_unshare_one_of_two),
		MACHINE_TEST(test_sync),
		MACHINE_TEST(test_detach),
		MACHINE_TEST(test_ends),
		MACHINE_TEST(test_end_fails),
		MACHINE_TEST(test_ifindex_is_reused),
		MACHINE_TEST(test_record_cannot_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
