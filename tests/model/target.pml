/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A place in the devmap, or a namespace's slot, that is another's after what named it has gone.
 *
 * packet(): nsa_xdp(), bpf/nsaccel_xdp.bpf.c: copies a next hop, and redirects by the place in it
 * writer(): nsa_routes_reconcile(), user/reconcile/routes.c: the next hop goes; collect_targets(),
 *   user/reconcile/gc.c, nsa_maps_tx_del(), nsa_maps_tx_set(), user/maps/tx.c: its place is freed, and given anew.
 *   So are slots: nsa_maps_netns_forget(), where the change of a map of maps waits. It may be killed
 *   in between; who comes next finds the place taken, or free
 *
 * Holds: a packet goes to the device that its next hop meant, or to none.
 *
 * Mutants: 1 nobody waits; 2 the wait comes after the place is free
 */
#include "memory.inc"
#define MUTANTS 2

#define NONE 0
#define OLD  1
#define NEW  2

byte hop = OLD;		 /* whose device it means; NONE: it passes */
byte place = OLD;	 /* the device there */
byte epoch, running[2];

inline wait_for_programs()
{
	atomic { old = epoch; epoch = 1 - epoch };
	running[old] == 0
}

proctype writer()
{
	byte old, kills;

	hop = NONE;
again:
	if
	:: place == OLD ->
		if
		:: mutant
		:: else -> wait_for_programs()
		fi;
		place = NONE;
		if
		:: true
		:: kills < 1 -> kills++; goto again
		fi;
		if
		:: mutant == 2 -> wait_for_programs()
		:: else
		fi
	:: place != OLD
	fi;
	place = NEW
}

proctype packet()
{
	byte e, h;

	atomic { e = epoch; running[e]++ }
	h = hop;
	if
	:: h != NONE -> assert(place == h || place == NONE)
	:: else
	fi;
	running[e]--
}

init
{
	SET_MUTANT;
	atomic {
		run writer();
		run packet()
	}
}
