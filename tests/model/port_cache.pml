/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An element of the port cache that is one port's, nobody's, and then another's, of another owner.
 *
 * reader(): nsa_port(), bpf/map/ports.h
 * writer(): uncache_port(), cache_port(), user/maps/ports.c
 *
 * No program runs for longer than the second that an element is nobody's before it is given anew.
 *
 * Holds: a record that was found in the cache is the device's that was looked for, whichever of its
 * fields is read and when; once it is retired, nobody who comes later finds it.
 *
 * Mutants: 1 header and body are written with one put; 2 the element is given anew at once; 3 the reader
 * may load the body before the header
 */
#include "memory.inc"
#define MUTANTS 3

/* Port 1: ifindex 5 of owner 1. Port 2: ifindex 7 of owner 2. */
#define OWNER(port) (port)
#define IFINDEX(port) (3 + 2 * (port))

byte owner, ifindex, mac, slot; /* the element; the body's words name the port whose they are */
bool retired;
byte running; /* programs that came before it was retired */

inline put(o, i, p)
{
	ANY_ORDER(BIT(0, owner != o) | BIT(1, ifindex != i) | BIT(2, mac != p) | BIT(3, slot != p))
	ONE(0, owner = o)
	ONE(1, ifindex = i)
	ONE(2, mac = p)
	ONE(3, slot = p)
	END_ORDER
}

proctype writer()
{
	byte todo;

	put(OWNER(1), 0, 1);
	retired = true;
	mutant == 2 || running == 0;
	if
	:: mutant == 1
	:: else -> put(OWNER(2), 0, 2)
	fi;
	put(OWNER(2), IFINDEX(2), 2)
}

proctype reader(byte port)
{
	byte todo, o, i, m, s;
	bool late, old;

	atomic {
		late = retired;
		old = !late;
		running = running + old
	}
	ANY_ORDER(mutant == 3 -> 15 : 3)
	ONE(0, o = owner)
	ONE(1, i = ifindex)
	ONE(2, m = mac)
	ONE(3, s = slot)
	END_ORDER;
	if
	:: o == OWNER(port) && i == IFINDEX(port) ->
		assert(!(late && port == 1));
		ANY_ORDER(mutant == 3 -> 0 : 12)
		ONE(2, m = mac)
		ONE(3, s = slot)
		END_ORDER;
		assert(m == port && s == port)
	:: else /* not in the cache: looked for in "ports" */
	fi;
	running = running - old
}

init
{
	SET_MUTANT;
	atomic {
		owner = OWNER(1); ifindex = IFINDEX(1); mac = 1; slot = 1;
		run writer();
		run reader(1);
		run reader(2)
	}
}
