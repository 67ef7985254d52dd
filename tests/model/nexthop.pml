/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A next hop that changes in place, is freed, and whose id is used again for another.
 *
 * reader(): nsa_hop_read(), bpf/map/nexthops.h
 * put(): nsa_maps_nexthop_put(), user/maps/nexthops.c
 * write_record(): write_record(), user/reconcile/nexthops_commit.c
 * writer(): nsa_nexthops_commit_resolve(), free_record(), nsa_nexthops_commit_install(), user/reconcile/nexthops_commit.c; a run that is killed
 *   between two puts, and the next one's nsa_hops_load(), user/model/nexthops.c
 *
 * A route is a node of a trie, which the kernel gives back only when no program can hold it
 * (trie_update_elem()): id and generation in it are one thing.
 *
 * Holds: what a packet goes by is one whole body that the route's next hop has, or had, not a mixture and
 * not another's; and if the change had been made before the packet came, the new one.
 *
 * Mutants: 1 the reader doesn't look at the sequence again; 2 it doesn't compare generations; 3 it takes
 * odd sequences; 4 a record is written with one put; 5 the sequence starts anew with each use of the id
 */
#include "memory.inc"
#define MUTANTS 5

byte sequence, generation, action, mac; /* the record's words */
byte last;				/* the sequence as user space has it */
bool changed;				/* the change in place is made */
bool freed;

inline put(s, g, a, m)
{
	ANY_ORDER(BIT(0, sequence != s) | BIT(1, generation != g) | BIT(2, action != a) | BIT(3, mac != m))
	ONE(0, sequence = s)
	ONE(1, generation = g)
	ONE(2, action = a)
	ONE(3, mac = m)
	END_ORDER
}

/* Killed, or the system call failed: what has been put stays. */
inline maybe_killed()
{
	if
	:: true
	:: kills < 1 -> kills++; goto killed
	fi
}

inline write_record(og, oa, om, g, a, m)
{
	d_step { odd = last | 1; last = odd }
	if
	:: mutant == 4
	:: else -> put(odd, og, oa, om)
	fi;
	maybe_killed();
	if
	:: mutant == 4
	:: else -> put(odd, g, a, m)
	fi;
	maybe_killed();
	last = odd + 1;
	put(last, g, a, m)
}

proctype writer()
{
	byte todo, odd, kills, step, og, oa, om;

again:
	skip;
	/* load_record(): what is there, by the words as they stand. */
	d_step { last = sequence; og = generation; oa = action; om = mac }
	if
	:: step == 0 -> write_record(og, oa, om, 1, 2, 2); step = 1; changed = true
	:: step != 0
	fi;
	d_step { og = generation; oa = action; om = mac }
	if
	:: step == 1 -> freed = true; write_record(og, oa, om, 0, 0, 0); step = 2
	:: step != 1
	fi;
	if
	:: mutant == 5 -> last = 0
	:: else
	fi;
	if
	:: step == 2 -> write_record(0, 0, 0, 2, 3, 3); step = 3
	:: step != 2
	fi;
	goto done;
killed:
	goto again;
done:	skip
}

proctype reader()
{
	byte todo, s, g, a, m, again, route;
	bool late, gone;

	if
	:: route = 1 /* to the first next hop, as long as it may be held */
	:: route = 2 /* to the second */
	fi;
	atomic { late = changed; gone = freed }
	s = sequence;
	ANY_ORDER(7)
	ONE(0, g = generation)
	ONE(1, a = action)
	ONE(2, m = mac)
	END_ORDER;
	again = sequence;
	if
	:: (mutant == 1 || s == again) && (mutant == 3 || !(s & 1)) && (mutant == 2 || g == route) && g ->
		assert(a == m);
		assert(route == 1 && (a == 1 || a == 2) || route == 2 && a == 3);
		assert(!(route == 1 && late && a == 1));
	:: else /* passed on to the kernel */
	fi
}

init
{
	SET_MUTANT;
	atomic {
		sequence = 2; last = 2; generation = 1; action = 1; mac = 1;
		run writer();
		run reader()
	}
}
