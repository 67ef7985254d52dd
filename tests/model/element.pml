/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An element of a hash that is another's by the time it is read: the kernel gives them anew at once.
 *
 * packet(): nsa_endpoint(), nsa_fdb() and nsa_share_entry(), bpf/map/
 * kernel(): htab_map_update_elem() of two keys, X and Y: a new element is filled, then linked, then the old
 *   one is free, and the next to be taken
 *
 * The value has its key first, and is written from its beginning on, as memcpy() does on x86. While a
 * program is between its lookup and its last load the element is given anew once at most: each time
 * takes a system call, and those few loads nanoseconds. (So it is not shown for arm64, as mutant 3 tells,
 * nor for a CPU that is held up for two system calls between these loads.)
 *
 * Holds: what was taken from an element is all of the key's that was looked for.
 *
 * Mutants: 1 the key isn't looked at again; 2 it is looked at before the rest; 3 the element is filled
 * in any order; 4 it is given anew twice
 */
#include "memory.inc"
#define MUTANTS 4

#define NOBODY 0
#define X      1
#define Y      2

byte linked = Y, key = Y, port = Y, slot = Y;
byte given; /* so often since it was found */

inline fill(k)
{
	atomic { given < 1 || mutant == 4 -> given++; linked = NOBODY }
	if
	:: mutant != 3 -> key = k; port = k; slot = k
	:: mutant == 3 -> slot = k; port = k; key = k
	fi;
	linked = k
}

proctype kernel()
{
	byte n;

	do
	:: n < 3 ->
		if
		:: fill(X)
		:: fill(Y)
		fi;
		n++
	:: n == 3 -> break
	od
}

proctype packet()
{
	byte todo, k, p, s;

	if
	:: atomic { linked == Y -> given = 0 }
		if
		:: mutant == 2 -> k = key
		:: else
		fi;
		ANY_ORDER(3)
		ONE(0, p = port)
		ONE(1, s = slot)
		END_ORDER;
		if
		:: mutant != 2 -> k = key
		:: else
		fi;
		assert(mutant != 1 && k != Y || p == Y && s == Y);
	:: linked != Y
	fi;
end:	do
	:: given = 0
	od
}

init
{
	SET_MUTANT;
	atomic {
		run kernel();
		run packet()
	}
}
