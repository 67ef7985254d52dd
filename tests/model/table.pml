/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A namespace's table that is changed in place, and one that is swapped as a whole; next hops that go
 * with the old one.
 *
 * reader(): nsa_table_hop(), nsa_hop_read(), bpf/map/nexthops.h; the kernel's trie_lookup_elem()
 * change(): update(), user/reconcile/table_commit.c; the kernel's trie_update_elem(), trie_delete_elem()
 * swap(): rebuild(), user/reconcile/table_commit.c; nsa_maps_table_set(), user/maps/table.c
 * reuse(): nsa_nexthops_commit_collect(), nsa_nexthops_commit_install(), user/reconcile/nexthops_commit.c
 *
 * A host has a /32, inside of a /24. Its packets are to go: at first by the /32 to hop 1; then by the
 * /24 to hop 3, which until then led to hop 9; then, in a new table, by a /32 again, to hop 2. When no
 * route has hop 1 any more, its id is given to hop 4, another destination's. The kernel gives back
 * nodes and tables when no program can hold them any more, and a node that is replaced keeps its
 * children. (Of one next hop the record is read whole or not at all: nexthop.pml.)
 *
 * Holds: a lookup finds the hop that was wanted at a moment while it lasted: never what only a shorter
 * prefix had, never none, never another destination's; and nothing that was wanted only before it.
 *
 * Mutants: 1 deletes come before puts; 2 next hops have no generation; 3 the new table is set before it
 * is filled; 4 the old table is taken away before the new one is set
 */
#include "memory.inc"
#define MUTANTS 4

#define NONE 255
#define ID(hop) ((hop) == 4 -> 1 : (hop))

/* Nodes of a /24: 0 the first one, 1 its replacement, 2 the new table's. */
byte net_hop[3];  /* a node's value doesn't change */
byte net_host[3]; /* its child, the /32: the hop's number as its value */
byte root[2];	  /* of either table: a node of a /24 */
byte table;	  /* the slot's; NONE: it has none */
byte record[10];  /* of next hops, by id: whose it is now */
byte begun, made; /* changes */

inline put_net()
{
	net_hop[1] = 3;
	net_host[1] = net_host[0];
	root[0] = 1
}

inline change()
{
	record[3] = 3;
	begun = 1;
	if
	:: mutant == 1 -> net_host[0] = NONE; put_net()
	:: else -> put_net(); net_host[1] = NONE
	fi;
	made = 1
}

inline reuse()
{
	record[1] = NONE;
	record[1] = 4
}

inline swap()
{
	record[2] = 2;
	begun = 2;
	if
	:: mutant == 3 -> table = 1
	:: mutant == 4 -> table = NONE
	:: else
	fi;
	net_hop[2] = 3;
	root[1] = 2;
	net_host[2] = 2;
	table = 1;
	made = 2
}

proctype writer()
{
	change();
	reuse();
	swap()
}

proctype reader()
{
	byte t, node, hop, whose, since;

	since = made;
	t = table;
	assert(t != NONE);
	node = root[t];
	assert(node != NONE);
	hop = net_hop[node];
	atomic {
		if
		:: net_host[node] != NONE -> hop = net_host[node]
		:: else
		fi
	}
	whose = record[ID(hop)];
	if
	:: whose == hop || mutant == 2 ->
		assert(whose == 1 && since == 0 ||
		       whose == 3 && since <= 1 && begun >= 1 ||
		       whose == 2 && begun == 2)
	:: else /* freed, or of another generation: passed on to the kernel */
	fi
}

init
{
	SET_MUTANT;
	atomic {
		net_hop[0] = 9; net_host[0] = 1; net_host[1] = NONE; net_host[2] = NONE;
		root[1] = NONE;
		record[1] = 1; record[9] = 9; record[3] = NONE; record[2] = NONE;
		run writer();
		run reader()
	}
}
